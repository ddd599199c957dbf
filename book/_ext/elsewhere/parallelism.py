"""Sharing a model: what must fit, what is sent, and how much of it each device has."""

from book._ext.elsewhere.entry import Entry
from tokenworks import chip, model_spec, worked
from tokenworks.accelerator import Chip
from tokenworks.architecture import ModelSpec
from tokenworks.cost import (
    Constants,
    Deployment,
    bubble_share,
    decode_step,
    engine_plan,
    expected_seconds,
    kv_bytes_per_chip,
    link,
    link_of,
    sent_bytes,
    step_weight_bytes,
    weight_bytes,
)
from tokenworks.cost.kernels import experts_touched
from tokenworks.worked_number import Worked

H100, H200, B200 = chip("h100-sxm"), chip("h200-sxm"), chip("b200")
EIGHT, SEVENTY = model_spec("llama-3-8b"), model_spec("llama-3-70b")
LARGEST, SPARSE = model_spec("llama-3-405b"), model_spec("deepseek-v3")
NVLINK = link_of(H100).chip_bytes_per_s
VECTOR = 2 * SEVENTY.d_model  # bytes of a token's activations in bf16
SUMS = 2 * SEVENTY.n_layers


def stored(literal: str, spec: ModelSpec, *, width: int, chips: int = 1) -> Worked:
    """Work out each device's part of the weights."""
    held = {"stored_bytes": weight_bytes(spec, width), "chips": chips}
    return worked(literal, "stored_bytes / chips", **held)


def memory(literal: str, on: Chip, chips: int) -> Worked:
    """Work out what the memory of several chips is, as plans take it."""
    return worked(literal, "chips * on.planned_bytes", chips=chips, on=on)


def slower(literal: str, name: str) -> Worked:
    """Work out how many times as much NVLink carries one way as another link."""
    row = link(name)
    return worked(literal, "nvlink / other", nvlink=NVLINK, other=row.chip_bytes_per_s)


def cached(literal: str, chips: int) -> Worked:
    """Work out what each of so many devices has of a conversation of 4,096 tokens."""
    return worked(
        literal, kv_bytes_per_chip, spec=SEVENTY, tokens=4096, bytes_per_value=2, tp=chips
    )


def moved(literal: str, collective: str, size_bytes: int, *, devices: int) -> Worked:
    """Work out what each device sends."""
    sizes = {"collective": collective, "size_bytes": size_bytes, "devices": devices}
    return worked(literal, sent_bytes, **sizes)


def touched(literal: str, tokens: int) -> Worked:
    """Work out the share of a layer's experts that a batch reads."""
    read = experts_touched(SPARSE.n_experts, SPARSE.n_experts_active, tokens)
    return worked(literal, "read / experts", read=read, experts=SPARSE.n_experts)


def one_user() -> Worked:
    """Work out what to expect of a token of one user on eight H100."""
    plan = engine_plan(Deployment(SEVENTY, H100, 8))
    step = decode_step(plan, 1, 4096, constants=Constants.fitted())
    return worked("10.1 ms", expected_seconds, step=step)


ENTRIES = (
    Entry(
        said="DeepSeek-V3 in FP8 takes 671 GB: at least four H200, with some 564 GB usable, or "
        "eight H100, with some 640 GB.",
        premise="All weights in FP8, the memory that the drivers report, nothing else in it.",
        slip="Both sums are below what they are to hold. What is sold as 80 GB is nearer to 86, "
        "and it is not the number on the box that decides.",
        right="Four H200 have 603 GB, and the weights do not fit. Eight H100 have 684 GB: they "
        "fit with 83.9 GB on each, and leave 1.64 GB for caches and the runtime: too little.",
        chapter="parallelism#choose-by-arithmetic",
        numbers=(
            memory("603 GB", H200, 4),
            memory("684 GB", H100, 8),
            stored("83.9 GB", SPARSE, width=1, chips=8),
            worked(
                "1.64 GB",
                "on.planned_bytes - stored_bytes / 8",
                on=H100,
                stored_bytes=weight_bytes(SPARSE, 1),
            ),
        ),
    ),
    Entry(
        said="DeepSeek-V3 is 1.34 TB in FP16, so that seven GPUs of 192 GB are the least.",
        premise="B200 GPUs, weights alone.",
        slip="The model was trained and published in FP8. And a count that divides the bytes need "
        "not divide the heads: 128 of them do not go into seven parts.",
        right="As published it is 671 GB, for four of them, which have 769 GB. In BF16 it is "
        "eight.",
        chapter="parallelism#choose-by-arithmetic",
        numbers=(stored("671 GB", SPARSE, width=1), memory("769 GB", B200, 4)),
    ),
    Entry(
        said="Llama-3.1 405B over two servers: layers 0 to 51 on one, 52 to 103 on the other, and "
        "2 × 104 sums for a token.",
        premise="Eight H100 in each, BF16, tensor parallel within a server.",
        slip="The model has 126 layers. The number is not in doubt: it is in its configuration.",
        right="63 layers on each server, and 252 sums. Each GPU holds 50.7 GB of weights.",
        chapter="parallelism#layers-pipeline-parallel",
        numbers=(stored("50.7 GB", LARGEST, width=2, chips=16),),
    ),
    Entry(
        said="NVLink has 900 GB/s, PCIe 64 GB/s, which is 14 times slower, and InfiniBand 50 GB/s.",
        premise="An H100, sixteen lanes of PCIe 5, and a port of 400 Gbit/s.",
        slip="900 counts both ways of NVLink, the other two numbers count one. A message goes one "
        "way.",
        right="One way it is 450 GB/s: 7.0× as much as PCIe and 9.0× as much as a port.",
        chapter="parallelism#five-ways-to-share",
        numbers=(
            worked("450 GB/s", "nvlink", nvlink=NVLINK),
            slower("7.0×", "rtx-pro-6000-server-pcie"),
            slower("9.0×", "infiniband-ndr"),
        ),
    ),
    Entry(
        said="An all-reduce sends each GPU's vector once.",
        premise="A token of Llama-3 70B on eight GPUs, in a ring.",
        slip="Once round, each has the sum of one share. They still have to tell each other.",
        right="A vector is 16.4 KB, and each GPU sends 28.7 KB.",
        chapter="parallelism#what-an-all-reduce-takes",
        numbers=(
            worked("16.4 KB", "2 * d_model", d_model=SEVENTY.d_model),
            moved("28.7 KB", "all-reduce", VECTOR, devices=8),
        ),
    ),
    Entry(
        said="After the up-projection, whose columns are on four GPUs, an all-gather puts the "
        "14,336 outputs together again.",
        premise="Llama-3.1 8B on four GPUs, one token, BF16.",
        slip="The next matrix is cut by rows, and each GPU has just the outputs that its rows "
        "need. That pair is the point.",
        right="Nothing is gathered, which would be 21.5 KB for each GPU. After the "
        "down-projection one sum follows, of 12.3 KB.",
        chapter="parallelism#matrices-tensor-parallel",
        numbers=(
            moved("21.5 KB", "all-gather", 2 * EIGHT.d_ff, devices=4),
            moved("12.3 KB", "all-reduce", 2 * EIGHT.d_model, devices=4),
        ),
    ),
    Entry(
        said="Tensor parallelism saves memory: about N times less on each of N GPUs.",
        premise="Llama-3 70B in BF16, from 8 GPUs to 16, a conversation of 4,096 tokens.",
        slip="It is true of the weights. The cache divides by heads of keys and values, and there "
        "are eight.",
        right="The weights of a GPU fall from 17.6 GB to 8.82 GB. The conversation takes 168 MB "
        "of each GPU before and after, unless the cache is cut by tokens.",
        chapter="parallelism#a-cache-on-many-chips",
        numbers=(
            stored("17.6 GB", SEVENTY, width=2, chips=8),
            stored("8.82 GB", SEVENTY, width=2, chips=16),
            cached("168 MB", 16),
        ),
    ),
    Entry(
        said="With enough micro-batches all stages stay busy.",
        premise="A prompt in four stages that take equally long.",
        slip="Filling and emptying the pipeline take the same time however much passes it.",
        right="With 32 micro-batches the stages still stand idle for 8.6 % of the time. In decode "
        "it is another matter: there as many micro-batches as stages are enough.",
        chapter="parallelism#layers-pipeline-parallel",
        numbers=(worked("8.6 %", bubble_share, stages=4, micro_batches=32),),
    ),
    Entry(
        said="A mixture of experts reads its active parameters only: 37 billion of 671.",
        premise="DeepSeek-V3 in FP8, routing as even as it can be, a step of decode.",
        slip="That is one token. The next one of the batch has experts of its own.",
        right="A step of one token reads 36.6 GB, and 3.1 % of the routed experts. For 64 tokens "
        "it is 87 % of them, and 584 GB.",
        chapter="parallelism#mixtures-of-experts",
        numbers=(
            worked("36.6 GB", step_weight_bytes, spec=SPARSE, bytes_per_param=1, batch=1),
            touched("3.1 %", 1),
            touched("87 %", 64),
            worked("584 GB", step_weight_bytes, spec=SPARSE, bytes_per_param=1, batch=64),
        ),
    ),
    Entry(
        said="Packet inspection added 5 to 15 ms to every message between servers, and a 70B "
        "model ran 10 times slower.",
        premise="Llama-3 70B tensor-parallel over the servers, one user, 4,096 tokens of context; "
        "beside eight H100 in one server.",
        slip="Each sum waits for the one before. A delay counts as often as there are sums.",
        right="160 sums that each wait 5 ms are 0.80 s for a token. In one server a token is "
        "expected to take 10.1 ms, which is 79× less. Ten times slower would be a delay of half a "
        "millisecond.",
        chapter="parallelism#what-an-all-reduce-takes",
        numbers=(
            worked("5 ms", "milliseconds / 1000", milliseconds=5),
            worked("0.80 s", "sums * delay_seconds", sums=SUMS, delay_seconds=0.005),
            one_user(),
            worked(
                "79×",
                "delayed_seconds / one_server.value",
                delayed_seconds=SUMS * 0.005,
                one_server=one_user(),
            ),
        ),
    ),
)
