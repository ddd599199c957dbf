"""Every row is sourced and physically possible; the checks catch planted bad rows."""

import csv
import re
from dataclasses import fields, replace
from datetime import date
from importlib.resources import files

import pytest

from tokenworks.accelerator import Chip
from tokenworks.architecture import ModelSpec
from tokenworks.cost.parameters import (
    active_parameter_count,
    parameter_count,
    read_parameter_count,
)
from tokenworks.cost.price_basis import KINDS, MARKETS
from tokenworks.data.price_age import first_day
from tokenworks.data.rows import load_rows
from tokenworks.specs import Price

CHIPS = load_rows(Chip, "chips.csv")
MODELS = load_rows(ModelSpec, "models.csv")
PRICES = load_rows(Price, "prices.csv")
THEIRS = {"published_runs.csv"}  # rows in their sources' words: validate.published reads them
HERE = sorted(p.name for p in files("tokenworks.data").iterdir() if p.name.endswith(".csv"))
TABLES = [name for name in HERE if name not in THEIRS]
PAGE = r"https://[\w-]+(\.[\w-]+)+/\S+$"
OWN = "written for this book$"  # our own text: nothing is claimed
PLACEHOLDER = re.compile(
    r"to-be-sourced|\btodo\b|\btbd\b|\bxxx\b|\?\?|example\.(com|org)|lorem", re.I
)


def sourcing_faults(record):
    """What is wrong with a raw row's provenance."""
    faults = []
    allowed = f"{PAGE}|{OWN}" if "text" in record else PAGE
    if not re.match(allowed, record.get("source") or ""):
        faults.append("no source")
    try:
        read = date.fromisoformat(record.get("accessed") or "")
    except ValueError:
        faults.append("no access date")
    else:
        if not date(2025, 1, 1) <= read <= date(2027, 12, 31):
            faults.append("access date out of range")
    text = " ".join(str(value) for value in record.values())
    return faults + (["placeholder"] if PLACEHOLDER.search(text) else [])


def chip_faults(chip):
    """What is physically impossible about a chip."""
    checks = {
        "memory": 1e9 <= (chip.physical_bytes or 0) <= 1.5e12,
        "bandwidth": 1e10 <= chip.hbm_bytes_per_s <= 1e14,
        "ridge": 1 <= chip.bf16_flops_per_s / chip.hbm_bytes_per_s <= 1000,
        "fp8": (chip.fp8_flops_per_s or chip.bf16_flops_per_s) >= chip.bf16_flops_per_s,
        "fp4": (chip.fp4_flops_per_s or 1e99) >= (chip.fp8_flops_per_s or 0),
        "int8": (chip.int8_ops_per_s or 1e99) >= chip.bf16_flops_per_s,
        "rates": (chip.fp8_flops_per_s or 0) <= 2.1 * chip.bf16_flops_per_s,
        "power": 20 <= (chip.tdp_watts or 100) <= 2000,
        "link": (chip.link_bytes_per_s or 1e11) <= chip.hbm_bytes_per_s,
        "year": 2015 <= (chip.year or 0) <= 2027,
        "kind": chip.kind in ("gpu", "tpu", "cpu"),
    }
    return [name for name, good in checks.items() if not good]


def model_faults(spec):
    """What contradicts itself in a model's shape."""
    off = abs(parameter_count(spec) / (spec.published_params or 1) - 1)
    tables = 2 * spec.vocab_size * spec.d_model
    active = [active_parameter_count(spec), read_parameter_count(spec)]
    active += [] if spec.tied_embeddings else [active[0] - tables]  # as some model cards count
    stated = spec.published_active_params or active[0]
    near = min(abs(count / stated - 1) for count in active) <= 0.02
    if spec.published_active_params and stated % 1e9 == 0:  # "17B": so many billions, rounded
        near = stated / 1e9 in [round(count / 1e9) for count in active]
    checks = {
        "params": off <= (0.01 if spec.n_experts else 0.005),
        "active": near,
        "experts": bool(spec.n_experts) == bool(spec.n_experts_active and spec.d_ff_expert),
        "routed": spec.n_experts_active <= spec.n_experts,
        "latent": bool(spec.kv_lora_rank) == bool(spec.d_head_rope and spec.d_head_v),
        "window": not spec.global_layer_period or bool(spec.window_tokens),
        "kinds": spec.norm_kind in ("rms", "layer") and spec.ffn_kind in ("gated", "plain"),
    }
    return [name for name, good in checks.items() if not good]


SERVER = re.compile(r"at USD ([\d.]+) for (\d+) GPUs(, \S+ at USD [\d.]+ for one)?", re.I)


def sold_by(price):
    """Whether as many chips must be rented at once as the note says a server has."""
    server = SERVER.search(price.note)
    known = (1, 4, 8) if server is None else (1,) if server[3] else (int(server[2]),)
    return price.least_chips in known


def price_faults(price):
    """What cannot be right about a price."""
    checks = {
        "usd": 0 < price.usd_per_hour <= 100,
        "chip": price.chip in CHIPS,
        "market": price.market in MARKETS,
        "kind": price.kind in KINDS,
        "term": bool(price.term) == (price.kind == "reserved"),
        "place": bool(price.provider and price.region),
        "sold by": sold_by(price),
        "day": re.fullmatch(r"20\d\d-\d\d-\d\d", price.day) is not None
        and first_day(price.day) <= date.fromisoformat(price.accessed),
    }
    return [name for name, good in checks.items() if not good]


@pytest.mark.parametrize("table", TABLES)
def test_every_row_of_every_table_says_where_and_when(table):
    text = files("tokenworks.data").joinpath(table).read_text(encoding="utf-8")
    records = list(csv.DictReader(text.splitlines(), strict=True))
    assert records
    assert {r["name"]: f for r in records if (f := sourcing_faults(r))} == {}


@pytest.mark.parametrize(
    ("rows", "faults"),
    [(CHIPS, chip_faults), (MODELS, model_faults), (PRICES, price_faults)],
    ids=["chips", "models", "prices"],
)
def test_every_row_is_possible(rows, faults):
    assert {name: found for name, row in rows.items() if (found := faults(row))} == {}


GOOD = {"name": "a", "source": "https://a.org/b", "accessed": "2026-11-21", "note": ""}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, None),
        ({"source": "written for this book", "text": "a poem"}, None),
        ({"source": "written for this book"}, "no source"),  # a number
        ({"source": ""}, "no source"),
        ({"source": None}, "no source"),
        ({"source": "the datasheet"}, "no source"),
        ({"source": "https://localhost"}, "no source"),
        ({"source": "TO-BE-SOURCED"}, "no source"),
        ({"source": "https://example.com/x"}, "placeholder"),
        ({"note": "TODO look up"}, "placeholder"),
        ({"accessed": ""}, "no access date"),
        ({"accessed": "yesterday"}, "no access date"),
        ({"accessed": "1970-01-01"}, "access date out of range"),
    ],
)
def test_a_row_without_provenance_is_caught(change, fault):
    found = sourcing_faults(GOOD | change)
    assert found[:1] == ([fault] if fault else [])


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"physical_bytes": 80}, "memory"),  # gigabytes for bytes
        ({"hbm_bytes_per_s": 3.35}, "bandwidth"),  # terabytes
        ({"hbm_bytes_per_s": 9e11}, "ridge"),
        ({"bf16_flops_per_s": 3958e12}, "ridge"),  # sparse, of the wrong type
        ({"fp8_flops_per_s": 494e12}, "fp8"),
        ({"fp8_flops_per_s": 3957.8e12}, "rates"),  # sparse beside dense
        ({"int8_ops_per_s": 4e12}, "int8"),
        ({"fp4_flops_per_s": 1e12}, "fp4"),
        ({"tdp_watts": 0.7}, "power"),
        ({"link_bytes_per_s": 9e12}, "link"),
        ({"year": None}, "year"),
        ({"kind": "npu"}, "kind"),
    ],
)
def test_an_impossible_chip_is_caught(change, fault):
    assert fault in chip_faults(replace(CHIPS["h100-sxm"], **change))


@pytest.mark.parametrize(
    ("name", "change", "fault"),
    [
        ("llama-3-70b", {"n_kv_heads": 64}, "params"),  # GQA forgotten
        ("llama-3-8b", {"tied_embeddings": True}, "params"),
        ("llama-3-8b", {"published_params": 8e9 * 1.05}, "params"),
        ("mixtral-8x7b", {"n_experts_active": 3}, "active"),
        ("mixtral-8x7b", {"n_experts_active": 9}, "routed"),
        ("mixtral-8x7b", {"n_experts_active": 0}, "experts"),
        ("deepseek-v3", {"d_head_rope": 0}, "latent"),
        ("gpt-oss-20b", {"window_tokens": None}, "window"),
        ("gpt-j-6b", {"ffn_kind": "swiglu"}, "kinds"),
    ],
)
def test_a_contradictory_model_is_caught(name, change, fault):
    assert fault in model_faults(replace(MODELS[name], **change))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"usd_per_hour": 0.0}, "usd"),
        ({"usd_per_hour": 279.0}, "usd"),
        ({"chip": "h1000"}, "chip"),
        ({"market": "cloud"}, "market"),
        ({"kind": "rented"}, "kind"),
        ({"kind": "reserved"}, "term"),
        ({"term": "3 years"}, "term"),
        ({"region": ""}, "place"),
        ({"least_chips": 1}, "sold by"),  # a server of eight
        ({"day": "2026-10"}, "day"),  # a month is not good enough to compare by
        ({"day": "2027-01-01"}, "day"),  # read before it stood
    ],
)
def test_an_impossible_price_is_caught(change, fault):
    assert price_faults(replace(PRICES["lambda-a100-80gb"], **change)) == [fault]


def test_a_servers_price_over_its_chips_is_that_of_one():
    servers = {row: found for row in PRICES.values() if (found := SERVER.search(row.note))}
    assert len(servers) >= 18
    for row, server in servers.items():
        assert float(server[1]) / int(server[2]) == pytest.approx(row.usd_per_hour, abs=1e-4)


def test_the_tables_hold_what_the_book_names():
    chips = (
        "a100-80gb h100-sxm h200-sxm b200 gb200 b300 l40s mi300x mi325x mi355x rtx-4090 rtx-5090 "
        "rtx-6000-ada tpu-v4 tpu-v5e tpu-v5p tpu-v6e tpu-v7 epyc-9654"
    )
    models = (
        "smollm2-135m llama-3-8b llama-3-70b llama-3-405b llama-2-7b llama-2-13b llama-2-70b "
        "gpt-j-6b mixtral-8x7b deepseek-v3 deepseek-r1 llama-4-scout qwen3-0.6b qwen3-1.7b "
        "qwen3-4b qwen3-8b qwen3-14b qwen3-32b qwen3-30b-a3b qwen3-235b-a22b gemma-2b gemma-7b "
        "gemma-2-2b gemma-2-9b gemma-2-27b gemma-3-1b gemma-3-4b gemma-3-12b gemma-3-27b "
        "gpt-oss-20b gpt-oss-120b"
    )
    assert set(chips.split()) <= set(CHIPS)
    assert set(models.split()) <= set(MODELS)
    priced = {row.chip for row in PRICES.values()}
    assert {"a100-80gb", "h100-sxm", "b200", "mi300x", "tpu-v5e", "tpu-v6e"} <= priced


def test_no_column_is_unknown_to_its_dataclass():
    for kind, table in ((Chip, "chips.csv"), (ModelSpec, "models.csv"), (Price, "prices.csv")):
        head = files("tokenworks.data").joinpath(table).read_text(encoding="utf-8").split("\n")[0]
        assert set(head.split(",")) <= {field.name for field in fields(kind)}
