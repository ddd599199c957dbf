"""The blocks of several prompts as a tree: equal beginnings are one branch, named by their hash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tokenworks.figures.box import Box
from tokenworks.figures.picture import Figure, drawing
from tokenworks.figures.scene import Scene
from tokenworks.number import Number
from tokenworks.serving.request import Request

HEX = 6  # digits of a name that are printed


@dataclass
class Node:
    """A full block: its key, the prompts that begin with it, and the blocks that follow."""

    key: bytes
    prompts: list[str] = field(default_factory=list)
    after: list[Node] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The first hexadecimal digits of the key."""
        return self.key.hex()[:HEX]

    @property
    def leaves(self) -> int:
        """Branches that end below it, itself if none follows."""
        return sum(node.leaves for node in self.after) or 1


def prefix_nodes(prompts: Mapping[str, Sequence[int]], block_size: int) -> list[Node]:
    """Return the first blocks of all prompts, each with what follows; full ones alone.

    Source: the keys are those of `Request.block_keys`, by which a server looks blocks up.
    """
    roots: list[Node] = []
    for name, ids in prompts.items():
        request = Request(prompt_tokens=len(ids), prompt_ids=ids, max_tokens=1)
        level = roots
        for key in request.block_keys(block_size, len(ids) // block_size):
            node = next((each for each in level if each.key == key), None)
            if node is None:
                node = Node(key)
                level.append(node)
            node.prompts.append(name)
            level = node.after
    return roots


def prefix_blocks(
    prompts: Mapping[str, Sequence[int]], *, block_size: int, caption: str = ""
) -> Figure:
    """Draw the tree of the prompts' full blocks; a block that several begin with is filled.

    Each box has the first digits of its real name; a prompt's own name stands at its last block.
    No full block at all raises ValueError.
    """
    roots = prefix_nodes(prompts, block_size)
    if not roots:
        raise ValueError(f"no prompt fills a block of {block_size} tokens: there is no tree")
    nodes = [node for root in roots for node in _all(root)]
    depth = max(_depth(root) for root in roots)
    numbers: dict[str, Number] = {"block size": block_size, "blocks": len(nodes)}
    numbers |= {node.name: int(node.name) for node in nodes if node.name.isdigit()}
    numbers["shared"] = sum(len(node.prompts) > 1 for node in nodes)
    for at in range(depth):
        numbers |= {f"first of block {at}": at * block_size}
        numbers |= {f"last of block {at}": (at + 1) * block_size - 1}

    def layout(scene: Scene) -> None:
        step = min(170.0, scene.width / depth)
        box = Box(0, 0, step - (40 if scene.wide else 16), 26)
        for at in range(depth):
            first = at * block_size
            words = f"tokens {first} to {first + block_size - 1}"
            words = words if scene.wide else f"{first}–{first + block_size - 1}"
            scene.text((at * step, 0), words, "tick")
        top = scene.low + 8
        for root in roots:
            top = _branch(scene, root, Box(0, top, box.w, box.h), step=step)

    told = ". ".join(
        f"{name}: {' '.join(node.name for node in nodes if name in node.prompts)}"
        for name in prompts
    )
    alt = f"The full blocks of {len(prompts)} prompts as a tree, each by its hash. {told}."
    return drawing(layout, alt=alt, caption=caption, numbers=numbers)


def _all(node: Node) -> list[Node]:
    return [node, *(each for child in node.after for each in _all(child))]


def _depth(node: Node) -> int:
    return 1 + max((_depth(child) for child in node.after), default=0)


def _branch(scene: Scene, node: Node, box: Box, *, step: Number) -> Number:
    """Draw a block, the prompts that end with it, and what follows; return the lower edge."""
    shared = len(node.prompts) > 1
    scene.rect(box, "kv", faint=not shared, round_=3)
    scene.inside(box, node.name, role="tick", colour="paper" if shared else "ink", bold=shared)
    ending = [name for name in node.prompts if all(name not in each.prompts for each in node.after)]
    low = box.bottom + 10
    if ending:
        words, y = ", ".join(ending), box.bottom + 3
        fits = box.x + scene.measure(words, "note") <= scene.width
        at, side = ((box.x, y), "start") if fits else ((box.right, y), "end")
        low = scene.text(at, words, "note", side=side).bottom + 8
    top = box.y
    for child in node.after:
        place = Box(box.x + step, top, box.w, box.h)
        middle = place.x - (step - box.w) / 2
        way = [(box.right, box.cy), (middle, box.cy), (middle, place.cy), (place.x, place.cy)]
        scene.line(way, "muted", thick=1.25)
        top = _branch(scene, child, place, step=step)
    return max(low, top)
