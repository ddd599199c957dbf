"""What the explorer calls a timed matrix is what a Llama holds of that shape."""

from tokenworks.cost.parameters import layer_parameter_count
from tokenworks.data.silicon import gemm_times
from tokenworks.specs import model_spec
from tokenworks.widgets.timed_matrices import MATRICES, TOKENS, measured, shares


def test_a_layer_is_its_matrices():
    """Norms apart, they hold all of a layer's weights, and each of two chips holds half of them."""
    for model in ("llama-3-8b", "llama-3-70b"):
        spec = model_spec(model)
        held = [sum(a * b for a, b in shares(spec, chips).values()) for chips in (1, 2, 8)]
        assert held[0] == layer_parameter_count(spec) - 2 * spec.d_model
        assert held == [held[0], held[0] / 2, held[0] / 8]


def test_a_matrix_is_named_after_the_fewest_chips():
    labels = {name: matrix.label for name, matrix in MATRICES.items()}
    assert labels["8192x8192"] == "8,192 × 8,192: attention output, 70B"
    assert labels["7168x8192"] == "7,168 × 8,192: gate and up, 70B on 8 chips"
    assert labels["10240x8192"] == "10,240 × 8,192: query, key, value, 70B"
    assert labels["65536x8192"] == "65,536 × 8,192"
    assert len(MATRICES) == 24


def test_every_measured_time_is_a_row_of_the_table():
    assert TOKENS[0], TOKENS[-1] == (1, 16384)
    found = measured("h100-sxm", "bf16")
    assert len(found) == len(MATRICES) * len(TOKENS)
    rows = {
        (f"{t.n}x{t.k}", t.tokens): t.seconds
        for t in gemm_times()
        if (t.system, t.format) == ("h100_sxm", "bfloat16")
    }
    assert found == rows
    assert measured("rtx-4090", "bf16") == {}
