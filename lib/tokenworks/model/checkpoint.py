"""Reading a GGUF file: spec and weights of a Llama, dequantized, in the layout the code runs.

GGUF stores Llama's Q and K rows with the two halves of each head interleaved (its rotary layout
turns neighbouring components); `_unpermute` brings back the half-rotation layout of `rope`.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import gguf
import jax.numpy as jnp
import numpy as np

from tokenworks.architecture import ModelSpec
from tokenworks.model.weights import Weights, fuse_layer
from tokenworks.shapes import layer_shapes, weight_shapes
from tokenworks.specs import model_specs

TENSORS = {
    "embed": "token_embd",
    "final_norm": "output_norm",
    "lm_head": "output",
    "attn_norm": "attn_norm",
    "wq": "attn_q",
    "wk": "attn_k",
    "wv": "attn_v",
    "wo": "attn_output",
    "ffn_norm": "ffn_norm",
    "w_gate": "ffn_gate",
    "w_up": "ffn_up",
    "w_down": "ffn_down",
}
FIELDS = {
    "n_layers": "llama.block_count",
    "d_model": "llama.embedding_length",
    "n_heads": "llama.attention.head_count",
    "n_kv_heads": "llama.attention.head_count_kv",
    "d_head": "llama.rope.dimension_count",
    "d_ff": "llama.feed_forward_length",
    "vocab_size": "llama.vocab_size",
    "context_tokens": "llama.context_length",
    "rope_theta": "llama.rope.freq_base",
    "norm_eps": "llama.attention.layer_norm_rms_epsilon",
}


class PlainReader(gguf.GGUFReader):
    """Reads the same from views of plain arrays: a view of a mapped one costs five times as much.

    A vocabulary is 150,000 views.
    """

    @property
    def data(self) -> np.ndarray:
        """The file's bytes."""
        return self._bytes

    @data.setter
    def data(self, mapped: np.ndarray) -> None:
        self._bytes = np.asarray(mapped)


def open_gguf(path: Path) -> gguf.GGUFReader:
    """Open a Llama GGUF; a damaged file or another architecture raises ValueError."""
    try:
        reader = PlainReader(path)
    except (ValueError, KeyError, IndexError, OverflowError, struct.error, UnicodeError) as error:
        raise ValueError(f"{path} is not a readable GGUF file (damaged or cut off)") from error
    architecture = field(reader, "general.architecture")
    if architecture != "llama":
        raise ValueError(f"{path} holds a {architecture!r} model; only 'llama' can be read")
    return reader


def field(reader: gguf.GGUFReader, name: str) -> Any:
    """Return one metadata value; a missing one raises ValueError."""
    found = reader.get_field(name)
    if found is None:
        raise ValueError(f"the GGUF file has no metadata field {name!r}")
    return found.contents()


def read_spec(reader: gguf.GGUFReader) -> ModelSpec:
    """Return the spec that the metadata states: the model of our table where one agrees."""
    shape: dict[str, Any] = {name: field(reader, key) for name, key in FIELDS.items()}
    for name in ("rope_theta", "norm_eps"):
        shape[name] = float(f"{shape[name]:.6g}")  # stored as float32, meant as decimal
    shape["tied_embeddings"] = not any(t.name == "output.weight" for t in reader.tensors)
    for row in model_specs():
        if all(getattr(row, name) == value for name, value in shape.items()):
            return row
    label = str(field(reader, "general.name"))
    return ModelSpec(name=label, label=label, source="GGUF metadata", accessed="", **shape)


def read_weights(reader: gguf.GGUFReader, spec: ModelSpec, dtype: Any = jnp.float32) -> Weights:
    """Return every tensor that the spec names, dequantized, checked for its shape, and fused.

    Layer by layer, so that no second copy of all of them is ever held.
    A tensor that is missing or has another shape raises ValueError.
    """
    stored = {tensor.name: tensor for tensor in reader.tensors}

    def array(name: str, shape: tuple[int, ...]) -> np.ndarray:
        source = _gguf_name(name)
        if source not in stored:
            raise ValueError(f"the GGUF file has no tensor {source!r}")
        data = stored[source].data
        found = gguf.dequantize(data, stored[source].tensor_type)
        if np.may_share_memory(found, data):  # float32 as it is: the file would stay in memory
            found = found.copy()
        if found.shape != shape:
            raise ValueError(f"tensor {source!r} has shape {found.shape}, expected {shape}")
        return _unpermute(found, name, spec)

    weights: Weights = {"layers": []}
    for name, shape in weight_shapes(spec).items():
        if not name.startswith("layers."):
            weights[name] = jnp.asarray(array(name, shape), dtype=dtype)
    for i in range(spec.n_layers):
        apart = {leaf: array(f"layers.{i}.{leaf}", s) for leaf, s in layer_shapes(spec, i).items()}
        layer = fuse_layer(apart, np.concatenate)
        weights["layers"].append({leaf: jnp.asarray(v, dtype=dtype) for leaf, v in layer.items()})
    return weights


def _gguf_name(name: str) -> str:
    head, _, rest = name.partition(".")
    if head != "layers":
        return f"{TENSORS[name]}.weight"
    index, _, leaf = rest.partition(".")
    return f"blk.{index}.{TENSORS[leaf]}.weight"


def _unpermute(array: np.ndarray, name: str, spec: ModelSpec) -> np.ndarray:
    if not name.endswith((".wq", ".wk")):
        return array
    rows, columns = array.shape
    pairs = array.reshape(rows // spec.d_head, spec.d_head // 2, 2, columns)
    return pairs.swapaxes(1, 2).reshape(rows, columns)
