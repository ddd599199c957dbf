"""A served row that nothing speaks against, to change one label of."""

from tokenworks.data.silicon import ServedRow

ROW = ServedRow(
    model="llama-70b",
    system="h100_sxm",
    backend="vllm",
    version="0.12.0",
    precision="fp8",
    isl=1024,
    osl=1024,
    concurrency=16,
    gpus=4,
    ep=1,
    dpa=1,
    length_ratio=1.0,
    ttft_seconds=0.2,
    tpot_seconds=0.015,
    family="mine",
    date="2026-01-01",
)
