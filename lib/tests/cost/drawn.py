"""What the property tests draw: models of every kind, deployments, requests."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st

from tokenworks.architecture import ModelSpec
from tokenworks.cost.arithmetic import OPERANDS, WIDENED, arithmetic_of
from tokenworks.cost.deployment import Deployment
from tokenworks.cost.memory import tensor_parallel_sizes
from tokenworks.shapes import layer_window
from tokenworks.specs import chips, model_specs, number_formats

PUBLISHED = model_specs()
CHIPS = chips()
FORMATS = [row.name for row in number_formats()]
ONLY_WIDE = ("nf4",)  # its levels are no numbers of any narrow arithmetic
PACKED = sorted(set().union(ONLY_WIDE, *WIDENED.values()) - set(OPERANDS))  # only when widened

# Fewer than 100: each draws several values. That they are the same on every run, conftest.py says.
same = settings(max_examples=60)

# beartype checks one random item of a tuple, which hypothesis takes for a draw of ours.
BEARTYPE = "ignore:Do not use the `random` module"

tokens = st.integers(1, 20_000)
batches = st.integers(1, 5_000)
shares = st.floats(0.05, 1)


@st.composite
def windows(draw, n_layers):
    """Return the arguments for one way to window the layers, mostly none."""
    kind = draw(st.sampled_from(["none", "all", "period", "listed"]))
    sizes = st.integers(1, 5_000)
    if kind == "none":
        return {}
    if kind == "listed":
        each = st.one_of(st.none(), sizes)
        listed = draw(st.lists(each, min_size=n_layers, max_size=n_layers))
        return {"layer_windows": tuple(listed)}
    period = draw(st.integers(1, 6)) if kind == "period" else None
    return {"window_tokens": draw(sizes), "global_layer_period": period}


@st.composite
def experts(draw):
    """Return the arguments of a mixture of experts."""
    n_experts = draw(st.integers(1, 64))
    return {
        "n_experts": n_experts,
        "n_experts_active": draw(st.integers(1, n_experts)),
        "n_shared_experts": draw(st.integers(0, 2)),
        "d_ff_expert": draw(st.sampled_from([64, 768, 4096])),
        "n_dense_layers": draw(st.integers(0, 2)),
        "moe_layer_period": draw(st.integers(1, 2)),
    }


@st.composite
def latents(draw, n_heads):
    """Return the arguments of multi-head latent attention."""
    nope, rope = draw(st.sampled_from([(32, 16), (128, 64)]))
    return {
        "kv_lora_rank": draw(st.sampled_from([64, 512])),
        "q_lora_rank": 256,
        "n_kv_heads": n_heads,
        "d_head": nope + rope,
        "d_head_nope": nope,
        "d_head_rope": rope,
        "d_head_v": nope,
    }


@st.composite
def indexers(draw):
    """Return the arguments of sparse attention over latents."""
    return {
        "d_index": draw(st.sampled_from([32, 128])),
        "index_heads": draw(st.sampled_from([4, 32])),
        "index_top_tokens": draw(st.sampled_from([16, 2048])),
    }


@st.composite
def hybrids(draw):
    """Return a model with linear layers that nobody published."""
    spec, keys = draw(plain), draw(st.sampled_from([1, 2, 16]))
    return replace(
        spec,
        layer_windows=(),
        n_layers=spec.n_layers + 3,
        full_attention_period=draw(st.integers(2, 4)),
        linear_key_heads=keys,
        linear_value_heads=keys * draw(st.sampled_from([1, 4])),
        d_linear=draw(st.sampled_from([16, 128])),
        conv_kernel=draw(st.integers(1, 4)),
        attention_gate=draw(st.booleans()),
    )


@st.composite
def invented(draw):
    """Return a model that nobody published."""
    n_layers, kv_heads = draw(st.integers(1, 12)), draw(st.sampled_from([1, 2, 4, 5, 8]))
    heads = kv_heads * draw(st.sampled_from([1, 2, 3, 8]))
    latent = draw(st.one_of(st.just({}), st.just({}), latents(heads)))
    index = draw(st.one_of(st.just({}), indexers())) if latent else {}
    shape = {
        "n_layers": n_layers,
        "n_heads": heads,
        "n_kv_heads": kv_heads,
        "d_head": draw(st.sampled_from([16, 64, 128])),
        "d_model": draw(st.sampled_from([64, 1024, 8192])),
        "d_ff": draw(st.sampled_from([128, 4096, 28672])),
        "vocab_size": draw(st.sampled_from([100, 32_000, 256_000])),
        "tied_embeddings": draw(st.booleans()),
        **({} if index else draw(windows(n_layers))),
        **draw(st.one_of(st.just({}), experts())),
        **latent,
        **index,
    }
    named = {"name": "drawn", "label": "Drawn", "source": "", "accessed": ""}
    return ModelSpec(context_tokens=8192, **named, **shape)


plain = invented().filter(lambda spec: not (spec.kv_lora_rank or spec.is_windowed))
specs = st.one_of(invented(), invented(), hybrids(), st.sampled_from(PUBLISHED))
headed = specs.filter(lambda spec: not spec.kv_lora_rank)  # caches keys and values of heads


def kept_by_layer(spec, length):
    """Count the values that each layer keeps of each token, and the tokens, one layer at a time."""
    each = 2 * spec.n_kv_heads * spec.d_head
    if spec.kv_lora_rank:
        each = spec.kv_lora_rank + spec.d_head_rope + spec.d_index
    period = spec.full_attention_period or 1
    layers = [i for i in range(spec.n_layers) if i % period == period - 1]
    return [(each, min(layer_window(spec, i) or length, length)) for i in layers]


def state_bytes(spec):
    """Count the bytes of the linear layers' states: float32 matrices, 16-bit inputs."""
    period, size = spec.full_attention_period or 1, spec.d_linear
    seen = (2 * spec.linear_key_heads + spec.linear_value_heads) * size
    one = 4 * spec.linear_value_heads * size * size + 2 * seen * (spec.conv_kernel - 1)
    return (spec.n_layers - spec.n_layers // period) * one


@st.composite
def deployments(draw, of=specs):
    """Return a model on as many chips as its heads allow, with losses of any size."""
    spec, on = draw(of), draw(st.sampled_from(CHIPS))
    weights = draw(st.sampled_from([*OPERANDS, *PACKED]))
    return Deployment(
        spec,
        on,
        draw(st.sampled_from(tensor_parallel_sizes(spec))),
        weights=weights,
        kv=draw(st.sampled_from(FORMATS)),
        activations=draw(st.sampled_from([None, *(a for a in OPERANDS if meet(weights, a, on))])),
        bandwidth_efficiency=draw(st.one_of(st.just(1.0), shares)),
        compute_efficiency=draw(st.one_of(st.just(1.0), shares)),
        overhead_bytes=draw(st.sampled_from([0, 1e9, 3e9])),
        fragmentation=draw(st.sampled_from([0.0, 0.04, 0.3])),
    )


def meet(weights, activations, on):
    """Tell whether the chip can multiply these weights and activations."""
    try:
        return bool(arithmetic_of(weights, activations, on=on))
    except ValueError:
        return False
