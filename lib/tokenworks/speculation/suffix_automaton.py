"""A suffix automaton: every piece of a text that grows, found in a few steps a token.

Each state stands for pieces that end at the same places of the text; its link leads to the longest
shorter ending that stands at more places. Source: Blumer, Blumer, Haussler, Ehrenfeucht, Chen,
Seiferas 1985, The smallest automaton recognizing the subwords of a text,
https://doi.org/10.1016/0304-3975(85)90157-4.
"""

from __future__ import annotations


class SuffixAutomaton:
    """The pieces of a text, and how much of its end stands earlier in it.

    Appending a token costs O(1) on average: a text of n tokens makes fewer than 2n states.
    """

    def __init__(self) -> None:
        self._next: list[dict[int, int]] = [{}]
        self._link, self._longest, self._end = [-1], [0], [0]
        self._whole = 0  # the state of the whole text
        self._state, self._length = 0, 0  # of the end that stands earlier, and its length
        self._tokens = 0

    def __len__(self) -> int:
        return self._tokens

    @property
    def match(self) -> tuple[int, int]:
        """The longest end of the text that stands earlier in it too: its length, the place after.

        Of several earlier places it is the first. Length 0 is no match.
        """
        return self._length, self._end[self._state] if self._length else 0

    def append(self, token: int) -> None:
        """Take the next token."""
        self._follow(token)  # in the text before it, so that it does not find itself
        self._extend(token)

    def _follow(self, token: int) -> None:
        """Lengthen the match by a token, or shorten it from the front until that is possible."""
        while self._state and token not in self._next[self._state]:
            self._state = self._link[self._state]
            self._length = self._longest[self._state]
        if token in self._next[self._state]:
            self._state, self._length = self._next[self._state][token], self._length + 1

    def _extend(self, token: int) -> None:
        """Add the state of the whole text with its new end."""
        self._tokens += 1
        new, state = self._add({}, longest=self._tokens, end=self._tokens), self._whole
        while state >= 0 and token not in self._next[state]:
            self._next[state][token] = new
            state = self._link[state]
        self._link[new] = self._branch(state, token) if state >= 0 else 0
        self._whole = new

    def _branch(self, state: int, token: int) -> int:
        """Return the state for exactly the pieces of `state` followed by a token."""
        found, longest = self._next[state][token], self._longest[state] + 1
        if self._longest[found] == longest:
            return found
        clone = self._add(dict(self._next[found]), longest=longest, end=self._end[found])
        self._link[clone] = self._link[found]
        self._link[found] = clone
        while state >= 0 and self._next[state].get(token) == found:
            self._next[state][token] = clone
            state = self._link[state]
        if self._state == found and self._length <= longest:
            self._state = clone  # what is matched belongs to the shorter pieces now
        return clone

    def _add(self, following: dict[int, int], *, longest: int, end: int) -> int:
        self._next.append(following)
        self._link.append(0)
        self._longest.append(longest)
        self._end.append(end)
        return len(self._next) - 1
