"""What the chapters compile also compiles for the free TPU: one v5e, 16 GB.

What they run on several simulated devices compiles for as many chips of a slice. The record was
made by running every chapter (benchmarks/record_chapter_compiles.py). Here it is held to be whole;
the model's decode step is compiled again, and of its other programs two layers.
"""

import importlib.util
import json
import subprocess
import sys
from dataclasses import replace

import jax
import jax.numpy as jnp
import pytest

from tokenworks.cost import Exchange
from tokenworks.model.cache import advance, advance_all, empty_cache
from tokenworks.model.forward_pass import last_logits
from tokenworks.model.weights import abstract, fuse_layer
from tokenworks.specs import chip, model_spec
from tokenworks.tpu import compile_for
from tools.repository import ROOT

needs_compiler = pytest.mark.skipif(
    not importlib.util.find_spec("libtpu"), reason="libtpu has no wheel for this platform"
)
RECORD = json.loads((ROOT / "benchmarks/results/chapter_compiles.json").read_text(encoding="utf-8"))
USABLE = chip("tpu-v5e").usable_bytes
SPEC = model_spec("smollm2-135m")
CHAPTERS = sorted(path.stem for path in (ROOT / "chapters").glob("*.md"))


def test_every_chapter_was_run_and_all_that_it_compiles_was_compiled():
    assert set(RECORD["chapters"]) == {*CHAPTERS, "measure"}
    assert {"command", "date", "topology", "libtpu", "jax"} <= set(RECORD)
    named = {name for row in RECORD["chapters"].values() for name in row["programs"]}
    assert {"advance", "advance_all", "last_logits", "paged_block", "chain"} <= named


@pytest.mark.parametrize("chapter", [*CHAPTERS, "measure"])
def test_nothing_is_refused_and_everything_fits(chapter):
    for name, row in RECORD["chapters"][chapter]["programs"].items():
        assert "refused" not in row, (name, row)
        assert row["shapes"] > 0, name
        assert row["most_bytes"] < USABLE, name


def test_what_runs_on_eight_devices_was_compiled_for_eight_chips():
    programs = RECORD["chapters"]["12-parallelism"]["programs"]
    assert programs["run"]["chips"] == 8, "every way to divide a model"
    assert programs["run"]["shapes"] >= 10
    assert programs["psum"]["chips"] == 8, "the sum that is timed"
    others = [row for stem, row in RECORD["chapters"].items() if stem != "12-parallelism"]
    assert all("chips" not in row for each in others for row in each["programs"].values())


MOVED = """
import jax
from benchmarks.record_chapter_compiles import _keep_lowered, _needed_bytes
from benchmarks.slice_programs import chip_mesh, on_chips, placed, slice_chips
from jax.extend.core import jaxpr_as_fun
from jax.sharding import PartitionSpec
from tokenworks.compiled_collectives import exchanges
from tokenworks.parallel import make_mesh, simulate_devices
from tokenworks.tpu import compile_for

keep = _keep_lowered()
for devices in (8, 3):
    mesh = make_mesh(simulate_devices(8)[:devices], tensor=devices)
    cuts = {"in_specs": PartitionSpec("tensor"), "out_specs": PartitionSpec()}
    total = jax.shard_map(lambda x: jax.lax.psum(x, "tensor"), mesh=mesh, **cuts)
    jax.jit(total)(jax.numpy.ones((devices * 128, 256)))
for program in [each for each in keep() if each.mesh]:
    chips = slice_chips(program.mesh.size)
    there = chip_mesh(program.mesh, chips)
    moved = jaxpr_as_fun(on_chips(program.traced, chips))
    shapes = placed(program.traced.in_avals, program.shardings, there)
    print(len(chips), exchanges(compile_for(moved, *shapes)), _needed_bytes(program) > 0)
"""


@needs_compiler
def test_a_program_is_moved_from_simulated_devices_to_chips():
    done = subprocess.run(
        [sys.executable, "-c", MOVED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    sums = [Exchange("all-reduce", 128 * 256 * 4, devices) for devices in (8, 3)]
    assert done.stdout.splitlines() == [
        f"{chips} {(each,)} True" for chips, each in zip((8, 4), sums, strict=True)
    ]


def fused(spec):
    """Return the fused tree of a model as shapes."""
    tree = abstract(spec, jnp.float32)

    def stacked(parts):
        rows = sum(part.shape[0] for part in parts)
        return jax.ShapeDtypeStruct((rows, *parts[0].shape[1:]), jnp.float32)

    return {**tree, "layers": [fuse_layer(layer, stacked) for layer in tree["layers"]]}


def ids(tokens):
    return jax.ShapeDtypeStruct((1, tokens), jnp.int32)


@needs_compiler
@pytest.mark.parametrize(
    ("function", "tokens", "layers"),
    [(advance, 1, SPEC.n_layers), (advance, 16, 2), (advance_all, 4, 2)],
)
def test_the_model_compiles_with_its_cache_in_place(function, tokens, layers):
    spec, room = replace(SPEC, n_layers=layers), 1024
    only = {"last": 0} if function is advance else {}
    found = compile_for(
        lambda weights, ids, cache: function(weights, spec, ids, cache=cache, start=9, **only),
        fused(spec),
        ids(tokens),
        jax.eval_shape(lambda: empty_cache(spec, room)),
        topology="v5e:1x1",
        donate_argnums=(2,),
    )
    assert found.alias_bytes >= 2 * 4 * room * layers * SPEC.n_kv_heads * SPEC.d_head
    assert found.peak_bytes < 2e9


@needs_compiler
def test_the_model_without_a_cache_compiles():
    spec = replace(SPEC, n_layers=2)
    found = compile_for(
        lambda weights, ids: last_logits(weights, spec, ids, last=0),
        abstract(spec, jnp.float32),
        ids(128),
        topology="v5e:1x1",
    )
    assert found.peak_bytes < 2e9
