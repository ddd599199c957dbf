"""One piece of memory for each sequence, as servers had it before paging: who gets which."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable

from tokenworks.number import whole

Reserve = Callable[[int, int], int]  # of prompt and output tokens: positions to set aside


def reserve_most(most: int) -> Reserve:
    """Return the rule of a server that knows nothing: the longest sequence, always."""
    return lambda prompt, output: most


def reserve_power_of_two(most: int) -> Reserve:
    """Return the rule of a good guess: the prompt, and the output up to a power of two."""
    return lambda prompt, output: min(most, prompt + power_of_two(output))


def reserve_exact(prompt: int, output: int) -> int:
    """Return what an oracle would set aside: as many positions as there will be tokens."""
    return prompt + output


def power_of_two(tokens: int) -> int:
    """Return the smallest power of two that is not below."""
    return 1 << (tokens - 1).bit_length()


class FirstFit:
    """Pieces of exactly the wanted length, each from the first gap that is long enough.

    A piece that is freed joins the gaps beside it. One that nobody holds raises ValueError.
    Source: Knuth, The Art of Computer Programming, vol. 1, section 2.5 (first fit).
    """

    def __init__(self, tokens: int) -> None:
        tokens = whole(tokens, "tokens")
        self.tokens = tokens
        self._gaps = [(0, tokens)]  # start and stop, in order, never side by side
        self._held: set[range] = set()

    @property
    def free_tokens(self) -> int:
        """Positions that nobody holds."""
        return sum(stop - start for start, stop in self._gaps)

    def allocate(self, tokens: int) -> range | None:
        """Return a piece of so many positions, None where no gap is as long."""
        tokens = whole(tokens, "tokens")
        for number, (start, stop) in enumerate(self._gaps):
            if stop - start >= tokens:
                rest = (start + tokens, stop)
                self._gaps[number : number + 1] = [rest] if rest[0] < stop else []
                piece = range(start, start + tokens)
                self._held.add(piece)
                return piece
        return None

    def free(self, piece: range) -> None:
        """Let go of a piece and join the gap with its neighbours."""
        _forget(self._held, piece)
        number = bisect_left(self._gaps, (piece.start, piece.stop))
        first, last, (start, stop) = number, number, (piece.start, piece.stop)
        if number and self._gaps[number - 1][1] == start:
            first, start = number - 1, self._gaps[number - 1][0]
        if number < len(self._gaps) and self._gaps[number][0] == stop:
            last, stop = number + 1, self._gaps[number][1]
        self._gaps[first:last] = [(start, stop)]


class Buddy:
    """Pieces of powers of two, halved until they are small enough, and joined to their twins.

    A memory of another size is one piece for each binary digit of it, the largest first.
    Source: https://doi.org/10.1145/365628.365655 (Knowlton 1965, buddy systems).
    """

    def __init__(self, tokens: int) -> None:
        tokens = whole(tokens, "tokens")
        self.tokens = tokens
        self._held: set[range] = set()
        self._roots: list[range] = []
        start = 0
        for bit in range(tokens.bit_length() - 1, -1, -1):
            if tokens >> bit & 1:
                self._roots.append(range(start, start + (1 << bit)))
                start += 1 << bit
        self._gaps = sorted((len(root), root.start) for root in self._roots)

    @property
    def free_tokens(self) -> int:
        """Positions that nobody holds."""
        return sum(size for size, _ in self._gaps)

    def allocate(self, tokens: int) -> range | None:
        """Return a piece of the next power of two, None where no gap is as long."""
        tokens = whole(tokens, "tokens")
        wanted = power_of_two(tokens)
        number = bisect_left(self._gaps, (wanted, -1))
        if number == len(self._gaps):
            return None
        size, start = self._gaps.pop(number)
        while size > wanted:
            size //= 2
            insort(self._gaps, (size, start + size))
        piece = range(start, start + size)
        self._held.add(piece)
        return piece

    def free(self, piece: range) -> None:
        """Let go of a piece; as long as its twin is free too, the two become one again."""
        _forget(self._held, piece)
        root = next(root for root in self._roots if piece.start in root)
        size, start = len(piece), piece.start
        while size < len(root):
            twin = root.start + ((start - root.start) ^ size)
            number = bisect_left(self._gaps, (size, twin))
            if self._gaps[number : number + 1] != [(size, twin)]:
                break
            del self._gaps[number]
            size, start = 2 * size, min(start, twin)
        insort(self._gaps, (size, start))


Allocator = FirstFit | Buddy


def _forget(held: set[range], piece: range) -> None:
    if piece not in held:
        raise ValueError(f"nobody holds {piece}; was it freed before?")
    held.remove(piece)
