"""What chips exchange, read from a compiled program: kinds, bytes, groups, and how often.

XLA writes a loop's body once: its collectives are counted as often as the loop runs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Any, NamedTuple, TypeAlias

from tokenworks.cost.exchanges import Exchange, together
from tokenworks.hlo_text import NAME, Computation, Instruction, Program, read_program

Groups: TypeAlias = tuple[tuple[int, ...], ...]
KINDS = ("all-reduce", "all-gather", "reduce-scatter", "all-to-all", "collective-permute")


class Collective(NamedTuple):
    """A collective of a compiled program."""

    kind: str  # as XLA writes it, one of KINDS
    operand: str  # what each device puts in, such as "f32[1,1,576]"; of a tuple all parts
    operand_bytes: int
    groups: Groups  # devices that exchange; of a collective-permute (from, to)
    calls: int

    @property
    def exchange(self) -> Exchange:
        """The same as an exchange; of a send the devices are those of the chain that it forms."""
        if self.kind == "collective-permute":
            return Exchange("send", self.operand_bytes, _longest_chain(self.groups), self.calls)
        devices = len(self.groups[0])
        whole = devices if self.kind == "all-gather" else 1
        return Exchange(self.kind, whole * self.operand_bytes, devices, self.calls)


def collectives(compiled: Any) -> tuple[Collective, ...]:
    """Return the collectives of `jit(...).lower(...).compile()`, alike ones together.

    Its text, or anything with such a `text`, is taken too. A loop that may run any number of times
    and a branch, with collectives inside, raise ValueError: no one knows their number.
    """
    if not isinstance(compiled, str):
        compiled = compiled.text if hasattr(compiled, "text") else compiled.as_text()
    text: str = compiled
    program = read_program(text)
    devices = prod(map(int, re.findall(r"(?:num_partitions|replica_count)=(\d+)", text)[:2]))
    counted: Counter[Collective] = Counter()
    for found in _walk(program, program.entry, devices):
        counted[found._replace(calls=1)] += found.calls
    return tuple(found._replace(calls=calls) for found, calls in counted.items())


def exchanges(compiled: Any) -> tuple[Exchange, ...]:
    """Return the same as exchanges, to compare with what a strategy's formula says."""
    return together(each.exchange for each in collectives(compiled))


def _walk(program: Program, name: str, devices: int) -> Iterator[Collective]:
    steps = program.computations[name]
    for step in steps.values():
        if step.operation.removesuffix("-start") in KINDS:
            if not _goes_on(steps, step):
                yield _collective(steps, step, devices)
            continue
        for called, times in _called(program, steps, step):
            inside = list(_walk(program, called, devices))
            if inside and times is None:
                raise ValueError(
                    f"{step.operation} {called} has collectives and runs no known number of times:"
                    " compile a loop of a fixed length (lax.scan), without branches"
                )
            yield from (each._replace(calls=each.calls * (times or 0)) for each in inside)


def _goes_on(steps: Computation, step: Instruction) -> bool:
    """Tell whether a TPU only carries on here what another fusion has started.

    It writes a collective that runs beside products once in each fusion that it passes through.
    """
    beside = "async_collective_fusion_config" in step.attributes
    return beside and not any("AsyncCollectiveStart" in each.attributes for each in steps.values())


def _collective(steps: Computation, step: Instruction, devices: int) -> Collective:
    kind = step.operation.removesuffix("-start")
    arrays = [array for name in step.operands for array in steps[name].result]
    names, total = "+".join(array.name for array in arrays), sum(array.bytes for array in arrays)
    groups = _groups(step.attributes, devices)
    root = next((each for each in steps.values() if each.is_root), step)
    cut = kind == "all-reduce" and root.operation == "dynamic-slice"  # as a TPU's fusion says it
    if cut and sum(array.bytes for array in root.result) * len(groups[0]) == total:
        kind = "reduce-scatter"
    return Collective(kind, names, total, groups, 1)


def _called(
    program: Program, steps: Computation, step: Instruction
) -> Iterator[tuple[str, int | None]]:
    """Yield what a step runs besides itself, and how often; None where that is not known."""
    if step.operation == "while":
        yield _parts(step)[1], _trips(program, steps, step)
    elif step.operation == "conditional":
        branches = re.search(r"branch_computations=\{([^}]*)\}", step.attributes)
        listed = branches[1] if branches else step.attributes.partition("true_comp")[2]
        yield from ((name, None) for name in NAME.findall(listed) if name in program.computations)
    elif step.operation in ("fusion", "call", "async-start"):
        named = re.findall(r"(?:calls|to_apply)=%([\w.-]+)", step.attributes)
        yield from ((name, 1) for name in named)


def _trips(program: Program, steps: Computation, loop: Instruction) -> int | None:
    """Return how often a loop runs: as XLA notes it, else where it counts from 0 to a constant."""
    known = re.search(r'"known_trip_count":\{"n":"(\d+)"', loop.attributes)
    if known:
        return int(known[1])
    condition, body = (program.computations[name] for name in _parts(loop))
    ends = [int(s.literal) for s in condition.values() if s.operation == "constant"]
    read = [s for s in condition.values() if s.operation == "get-tuple-element"]
    if len(ends) != 1 or len(read) != 1:
        return None
    counter = int(read[0].attributes.rpartition("index=")[2].partition(",")[0])
    start = _behind_copies(steps, steps[loop.operands[0]].operands[counter])
    (root,) = (s for s in body.values() if s.is_root)
    following = _behind_copies(body, root.operands[counter])
    added = [body[name].literal for name in following.operands if body[name].literal.isdigit()]
    counts = start.literal == "0" and added == ["1"]
    return ends[0] if counts else None


def _parts(loop: Instruction) -> list[str]:
    return re.findall(r"(?:condition|body)=%([\w.-]+)", loop.attributes)


def _behind_copies(steps: Computation, name: str) -> Instruction:
    while steps[name].operation == "copy":
        name = steps[name].operands[0]
    return steps[name]


def _groups(attributes: str, devices: int) -> Groups:
    """Return the groups of devices: written out, as `[groups,each]<=[axes]T(order)`, by a mesh."""
    named = re.search(r"replica_groups=mesh\[([^]]*)\] *\{([^}]*)\}", attributes)
    if named:
        axes = {name: int(size) for name, size in re.findall(r"'([^']+)'=(\d+)", named[1])}
        return _along(axes, re.findall(r"'([^']+)'", named[2]))
    pattern = r"(?:replica_groups|source_target_pairs)=(\{(?:\{[\d,]*\},?)*\}|\[[^ ]*)"
    written = re.search(pattern, attributes)
    if written is None or written[1] == "{}":
        return (tuple(range(devices)),)
    if written[1].startswith("{"):
        listed = re.findall(r"\{([\d,]+)\}", written[1])
        return tuple(tuple(map(int, group.split(","))) for group in listed)
    shape, axes, order = (
        [int(n) for n in part.split(",")] if part else []
        for part in re.findall(r"\[([\d,]+)\]<=\[([\d,]+)\](?:T\(([\d,]+)\))?", written[1])[0]
    )
    strides = [prod(axes[i + 1 :]) for i in range(len(axes))]
    order = order or list(range(len(axes)))
    ids = [
        sum(i * strides[axis] for i, axis in zip(at, order, strict=True))
        for at in product(*(range(axes[axis]) for axis in order))
    ]
    each = shape[-1]
    return tuple(tuple(ids[i : i + each]) for i in range(0, len(ids), each))


def _longest_chain(pairs: Groups) -> int:
    """Return the devices of the longest chain or ring that (from, to) pairs form."""
    following = {source: target for source, target in pairs if source != target}
    longest = 1
    for start in following:
        chain = [start]
        while (device := following.get(chain[-1], start)) != start:
            chain.append(device)
        longest = max(longest, len(chain))
    return longest


def _along(mesh: dict[str, int], axes: list[str]) -> Groups:
    """Return the groups that a mesh, row after row, forms along some of its axes."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for device, at in enumerate(product(*map(range, mesh.values()))):
        elsewhere = tuple(i for name, i in zip(mesh, at, strict=True) if name not in axes)
        groups.setdefault(elsewhere, []).append(device)
    return tuple(map(tuple, groups.values()))
