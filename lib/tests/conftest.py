"""A Llama small enough to run in milliseconds, written as a GGUF file, and the real one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest

from tokenworks.architecture import ModelSpec
from tokenworks.model.compile_cache import enable_compile_cache
from tokenworks.model.language_model import LanguageModel, load, read
from tokenworks.model.tokenizer import _byte_signs
from tokenworks.parallel import simulate_devices
from tokenworks.shapes import weight_shapes

simulate_devices(8)  # before JAX starts; what names no device runs on the first
enable_compile_cache()  # most of what the tests compile was compiled in an earlier run

TINY = ModelSpec(
    name="tiny",
    label="tiny",
    n_layers=2,
    d_model=32,
    n_heads=4,
    n_kv_heads=2,
    d_head=8,
    d_ff=64,
    vocab_size=262,
    context_tokens=48,
    rope_theta=10000.0,
    tied_embeddings=True,
    source="GGUF metadata",
    accessed="",
)
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MERGES = ["a b", "ab c", "Ġ a"]
QUANTS = {"embed": "Q8_0", "w_gate": "Q4_1", "w_up": "Q4_1", "w_down": "Q4_1", "wq": "F16"}


def tiny_tensors(seed: int = 0) -> dict[str, np.ndarray]:
    """Return random weights in the layout that the code runs."""
    rng = np.random.default_rng(seed)
    shapes = weight_shapes(TINY)
    return {n: rng.normal(0.2, 0.4, s).astype(np.float32) for n, s in shapes.items()}


def permute(array: np.ndarray, heads: int) -> np.ndarray:
    """Interleave the two halves of each head, as llama.cpp's converter does."""
    rows, columns = array.shape
    halves = array.reshape(heads, 2, rows // heads // 2, columns)
    return halves.swapaxes(1, 2).reshape(rows, columns)


def write_gguf(
    path: Path, *, architecture: str = "llama", leave_out: tuple[str, ...] = (), **changed: Any
) -> Path:
    """Write the tiny model; arguments break it in one place."""
    writer = gguf.GGUFWriter(path, architecture)
    fields = {"add_vocab_size": TINY.vocab_size, "add_context_length": TINY.context_tokens}
    fields |= {"add_block_count": TINY.n_layers, "add_embedding_length": TINY.d_model}
    fields |= {"add_head_count": TINY.n_heads, "add_head_count_kv": TINY.n_kv_heads}
    fields |= {"add_feed_forward_length": TINY.d_ff, "add_layer_norm_rms_eps": TINY.norm_eps}
    fields |= {"add_rope_freq_base": TINY.rope_theta, "add_rope_dimension_count": TINY.d_head}
    fields |= {"add_name": TINY.name, "add_tokenizer_model": "gpt2", "add_tokenizer_pre": "smollm"}
    fields |= {"add_token_list": SPECIAL + list(_byte_signs()) + ["ab", "abc", "Ġa"]}
    fields |= {"add_token_types": [3] * 3 + [1] * 259, "add_token_merges": MERGES}
    fields |= {"add_eos_token_id": 2}
    for method, value in (fields | changed).items():
        if method not in leave_out:
            getattr(writer, method)(value)
    for name, array in tiny_tensors().items():
        if name not in leave_out:
            _add_tensor(writer, name, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_tensor(writer: gguf.GGUFWriter, name: str, array: np.ndarray) -> None:
    from tokenworks.model.checkpoint import _gguf_name

    leaf = name.rpartition(".")[2]
    if leaf in ("wq", "wk"):
        array = permute(array, TINY.n_heads if leaf == "wq" else TINY.n_kv_heads)
    kind = gguf.GGMLQuantizationType[QUANTS.get(leaf, "F32")]
    writer.add_tensor(_gguf_name(name), gguf.quantize(array, kind), raw_dtype=kind)


@pytest.fixture(scope="session")
def tiny_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gguf(tmp_path_factory.mktemp("tiny") / "tiny.gguf")


@pytest.fixture(scope="session")
def broken_gguf(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    folder = tmp_path_factory.mktemp("broken")
    return lambda **changed: write_gguf(folder / "broken.gguf", **changed)


@pytest.fixture(scope="session")
def tiny(tiny_path: Path) -> LanguageModel:
    return read(tiny_path)


@pytest.fixture(scope="session")
def lm() -> LanguageModel:
    return load()


@pytest.fixture(scope="session")
def tiny_spec() -> ModelSpec:
    return TINY


@pytest.fixture(scope="session")
def stored() -> dict[str, np.ndarray]:
    return tiny_tensors()
