"""The rents are those of one seller, one kind and one day."""

from tokenworks.cost.price_basis import basis
from tokenworks.widgets.calculators.rented import (
    CHIPS,
    MODELS,
    basis_text,
    chip_texts,
    error_words,
    on_chip,
    rent,
)


def test_one_basis():
    rows = [rent(name) for name in CHIPS]
    assert basis(rows) == "neocloud, on demand"
    assert len({(row.provider, row.day) for row in rows}) == 1
    assert basis_text() == f"Rents: RunPod Secure, on demand, {rows[0].day}"
    assert chip_texts()["a100-80gb"].endswith("USD 1.79/h")


def test_models_and_their_error():
    assert on_chip("7b", "a100-80gb").model.name == "llama-2-7b"
    assert MODELS["8b-long"].context_tokens == 131_072
    assert "nine of ten within" in error_words(MODELS["8b"])
