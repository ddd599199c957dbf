"""Collectives read from programs: XLA's of a CPU as text, a TPU's compiled here."""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from kernels.drawn import needs_compiler

from tokenworks.compiled_collectives import collectives, exchanges
from tokenworks.cost.exchanges import Exchange

CONDITION = """%until (p: (s32[], f32[6,12])) -> pred[] {
  %p = (s32[], f32[6,12]{1,0}) parameter(0)
  %end = s32[] constant(END)
  %i = s32[] get-tuple-element(%p), index=0
  ROOT %less = pred[] compare(%i, %end), direction=LT
}
"""
LOOP = """HloModule f, num_partitions=6

%body (p: (s32[], f32[6,12])) -> (s32[], f32[6,12]) {
  %p = (s32[], f32[6,12]{1,0}) parameter(0)
  %step = s32[] constant(STEP)
  %i = s32[] get-tuple-element(%p), index=0
  %next = s32[] add(%i, %step)
  %x = f32[6,12]{1,0} get-tuple-element(%p), index=1
  %sum = f32[6,12]{1,0} all-reduce(%x), replica_groups={{0,1,2},{3,4,5}}, to_apply=%add
  ROOT %both = (s32[], f32[6,12]{1,0}) tuple(%next, %sum)
}

CONDITION
ENTRY %main (x: f32[6,12]) -> f32[6,12] {
  %x = f32[6,12]{1,0} parameter(0)
  %zero = s32[] constant(START)
  %begin = s32[] copy(%zero)
  %both = (s32[], f32[6,12]{1,0}) tuple(%begin, %x)
  %w = (s32[], f32[6,12]{1,0}) while(%both), condition=%until, body=%bodyKNOWN
  ROOT %out = f32[6,12]{1,0} get-tuple-element(%w), index=1
}
"""
LOOP = LOOP.replace("CONDITION", CONDITION)
KNOWN = ', backend_config={"known_trip_count":{"n":"7"}}'


def loop(*, start=0, step=1, end=5, known=""):
    text = LOOP.replace("START", str(start)).replace("STEP", str(step))
    return text.replace("END", str(end)).replace("KNOWN", known)


def lines(*body, header="num_partitions=8"):
    inside = "".join(f"  {line}\n" for line in body)
    return f"HloModule f, {header}\n\nENTRY %main (x: f32[8,16]) -> f32[8,16] {{\n{inside}}}\n"


BESIDE = '"async_collective_fusion_config":{"flag_start":"2"}'
START = 'custom_call_target="AsyncCollectiveStart"'
X = "%x = f32[8,16]{1,0} parameter(0)"


@pytest.mark.parametrize(("text", "times"), [(loop(), 5), (loop(known=KNOWN), 7)])
def test_what_a_loop_exchanges_is_counted_as_often_as_it_runs(text, times):
    (found,) = collectives(text)
    assert found.kind == "all-reduce"
    assert (found.operand, found.operand_bytes) == ("f32[6,12]", 4 * 6 * 12)
    assert (found.groups, found.calls) == (((0, 1, 2), (3, 4, 5)), times)
    assert exchanges(text) == (Exchange("all-reduce", 288, 3, times),)


@pytest.mark.parametrize("changed", [{"start": 1}, {"step": 2}])
def test_a_loop_whose_length_cannot_be_read_is_refused(changed):
    with pytest.raises(ValueError, match="no known number of times"):
        collectives(loop(**changed))


def test_a_collective_in_a_branch_is_refused_and_a_branch_without_is_not():
    branch = "branch_computations={%body, %until}"
    text = loop().replace(
        "while(%both), condition=%until, body=%body", f"conditional(%zero, %both, %both), {branch}"
    )
    with pytest.raises(ValueError, match="conditional body has collectives"):
        collectives(text)
    assert collectives(text.replace("all-reduce", "negate")) == ()


def test_groups_along_an_axis_of_a_mesh_are_its_columns():
    line = "%y = f32[8,16]{1,0} all-reduce(%x), replica_groups=mesh['a'=4,'b'=2] {'a'}, to_apply=%f"
    (found,) = collectives(lines(X, line))
    assert found.groups == ((0, 2, 4, 6), (1, 3, 5, 7))


@pytest.mark.parametrize(
    ("line", "exchange"),
    [
        ("all-gather(%x), replica_groups={{0,1},{2,3},{4,5},{6,7}}", ("all-gather", 1024, 2)),
        ("reduce-scatter(%x), replica_groups={{0,1,2,3},{4,5,6,7}}", ("reduce-scatter", 512, 4)),
        ("all-to-all(%x, %x), replica_groups=[4,2]<=[8]", ("all-to-all", 1024, 2)),
        ("all-reduce(%x), replica_groups={}", ("all-reduce", 512, 8)),
        ("all-reduce(%x), replica_groups=mesh['axis_0'=8] {'axis_0'}", ("all-reduce", 512, 8)),
        ("all-reduce(%x), replica_groups=mesh['a'=4,'b'=2] {'b'}", ("all-reduce", 512, 2)),
        ("all-reduce(%x), replica_groups=mesh['a'=4,'b'=2] {'a'}", ("all-reduce", 512, 4)),
        ("all-reduce-start(%x), replica_groups=[1,8]<=[8]", ("all-reduce", 512, 8)),
        ("collective-permute(%x), source_target_pairs={{0,1},{1,2},{2,3}}", ("send", 512, 4)),
        ("collective-permute(%x), source_target_pairs={{0,1},{1,0},{2,3},{3,2}}", ("send", 512, 2)),
    ],
)  # fmt: skip
def test_each_kind_has_the_size_of_the_whole_array(line, exchange):
    text = lines(X, f"ROOT %out = f32[8,16]{{1,0}} {line}")
    assert exchanges(text) == (Exchange(*exchange),)


@pytest.mark.parametrize(
    ("written", "groups"),
    [
        ("[4,2]<=[8]", ((0, 1), (2, 3), (4, 5), (6, 7))),
        ("[2,4]<=[4,2]T(1,0)", ((0, 2, 4, 6), (1, 3, 5, 7))),
        ("[4,2]<=[2,2,2]T(0,2,1)", ((0, 2), (1, 3), (4, 6), (5, 7))),
    ],
)
def test_groups_may_be_written_as_a_reshaped_and_turned_range(written, groups):
    text = lines(
        X, f"ROOT %out = f32[8,16]{{1,0}} all-reduce(%x), replica_groups={written}, to_apply=%a"
    )
    (found,) = collectives(text)
    assert found.groups == groups
    axes = [int(n) for n in written.split("[")[2].split("]")[0].split(",")]
    order = [int(n) for n in written.partition("T(")[2].rstrip(")").split(",") if n]
    ids = np.arange(8).reshape(axes).transpose(order or None)
    assert np.array_equal(np.array(groups).ravel(), ids.ravel())


def test_alike_ones_are_counted_together_and_others_are_not():
    text = lines(
        X,
        "%a = f32[8,16]{1,0} all-reduce(%x), replica_groups={}",
        "%b = f32[8,16]{1,0} all-reduce(%a), replica_groups={}",
        "ROOT %c = f32[8,16]{1,0} all-reduce(%b), replica_groups={{0,1,2,3},{4,5,6,7}}",
    )
    assert [(c.groups[0], c.calls) for c in collectives(text)] == [
        (tuple(range(8)), 2),
        ((0, 1, 2, 3), 1),
    ]


def test_a_tuple_is_one_exchange_of_all_its_parts():
    text = lines(X, "ROOT %s = (f32[8,16], f32[8,16]) all-reduce(%x, %x), replica_groups={}")
    (found,) = collectives(text)
    assert (found.operand, found.operand_bytes) == ("f32[8,16]+f32[8,16]", 1024)


def test_a_program_a_text_and_what_holds_one_read_alike():
    compiled = jax.jit(jnp.sin).lower(1.0).compile()
    assert collectives(compiled) == collectives(compiled.as_text()) == ()
    assert collectives(SimpleNamespace(text=loop())) == collectives(loop())


@needs_compiler
def test_a_tpus_program_says_the_same_and_its_fused_reduce_scatter_is_found():
    from jax.experimental import topologies

    topology = topologies.get_topology_desc(platform="tpu", topology_name="v5e:2x4")
    mesh = Mesh(np.array(topology.devices).reshape(2, 4), ("data", "tensor"))

    def shape(axes, *split):
        sharding = NamedSharding(mesh, PartitionSpec(*split))
        return jax.ShapeDtypeStruct(axes, jnp.bfloat16, sharding=sharding)

    def summed(x, weights):
        def layer(x, weight):
            mine = jax.lax.axis_index("tensor") * len(weight)
            part = jax.lax.dynamic_slice_in_dim(x, mine, len(weight), axis=1)
            return jax.lax.psum(part @ weight, "tensor"), None

        return jax.lax.scan(layer, x, weights)[0]

    def scattered(x, weights):
        def layer(x, weight):
            return jax.lax.with_sharding_constraint(x @ weight, kept), None

        return jax.lax.scan(layer, x, weights)[0]

    kept = NamedSharding(mesh, PartitionSpec("data", "tensor"))
    x, weights = shape((256, 1024), "data"), shape((50, 1024, 1024), None, "tensor", None)
    by_hand = jax.shard_map(
        summed,
        mesh=mesh,
        in_specs=(PartitionSpec("data"), PartitionSpec(None, "tensor")),
        out_specs=PartitionSpec("data"),
    )
    for function, kind in ((by_hand, "all-reduce"), (scattered, "reduce-scatter")):
        text = jax.jit(function).lower(x, weights).compile().as_text()
        assert "known_trip_count" not in text
        assert exchanges(text) == (Exchange(kind, 2 * 128 * 1024, 4, 50),)


def test_a_collective_that_a_tpu_runs_beside_products_is_counted_where_it_starts():
    gather = "all-gather(%x), replica_groups={}, backend_config={" + BESIDE + "}"
    start = [
        X,
        f"%g = f32[64,16]{{1,0}} {gather}",
        "ROOT %s = (f32[64,16]) custom-call(%g), " + START,
    ]
    later = [X, f"ROOT %g = f32[64,16]{{1,0}} {gather}"]
    calls = [X, *(f"%{n} = (f32[64,16]) fusion(%x), calls=%{n}" for n in ("start", "on", "done"))]
    text = "HloModule f, num_partitions=8\n\n" + "\n".join(
        f"%{name} (x: f32[8,16]) -> f32[64,16] {{\n"
        + "".join(f"  {line}\n" for line in body)
        + "}\n"
        for name, body in (("start", start), ("on", later), ("done", later))
    )
    text += "\nENTRY %main (x: f32[8,16]) -> f32[64,16] {\n"
    text += "".join(f"  {line}\n" for line in calls) + "}\n"
    assert exchanges(text) == (Exchange("all-gather", 8 * 512, 8, 1),)
