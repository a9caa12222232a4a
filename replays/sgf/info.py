"""What does an SGF file tell about a game of Go before its first move?"""

from __future__ import annotations

import re
from codecs import BOM_UTF8

import numpy as np

from envs.bad_input import BadInput
from envs.goban.points import BLACK, EMPTY, WHITE
from replays.sgf import values
from replays.sgf.tree import Node

SEATS = {"B": 0, "W": 1}
STONES = {"AB": BLACK, "AW": WHITE, "AE": EMPTY}


class Info:
    """The game info in a root. Everything raises BadInput with the place of the node and the fault."""

    def __init__(self, root: Node) -> None:
        self._root = root
        self._charset = self._named_charset()
        if self.line("GM") not in ("", "1"):
            raise root.fault(f"GM[{self.line('GM')[:20]}] is another game than Go, GM[1]")

    def _named_charset(self) -> str:
        if "CA" in self._root.properties:
            try:
                return values.charset(self._root.properties["CA"][0])
            except BadInput as error:
                raise self._root.fault(f"CA: {error}") from error
        marked = self._root.source and self._root.source.data.startswith(BOM_UTF8)
        return "utf-8" if marked else "iso8859-1"  # which is what FF[4] says

    def text(self, name: str, node: Node | None = None) -> str:
        """Return what a Text property says in a node, in the root if none is given; nothing where it is missing."""
        node = node or self._root
        try:
            return "\n".join(values.text(value, self._charset) for value in node.properties.get(name, []))
        except UnicodeError as error:
            raise node.fault(f"{name} is not text in {self._charset.upper()}") from error

    def line(self, name: str) -> str:
        """Return what a property of the root says in one printable line, at most 200 characters."""
        shown = "".join(mark if mark.isprintable() else " " for mark in self.text(name))
        return " ".join(shown.split())[:200]

    def size(self) -> int:
        """Return the points a side: 19 where SZ is missing."""
        found = re.fullmatch(r"(\d{1,2})(:\1)?", said := self.line("SZ") or "19")
        if not found or not 2 <= int(found[1]) <= 19:
            raise self._root.fault(f"SZ[{said[:20]}]: only square boards from 2 to 19 can be played")
        return int(found[1])

    def komi(self) -> float:
        """Return KM: 0 where it is missing."""
        try:
            return float(self.line("KM").replace(",", ".") or 0)
        except ValueError:
            raise self._root.fault(f"KM[{self.line('KM')[:20]}] is not a number") from None

    def handicap(self) -> int:
        """Return how many stones HA says that Black was given."""
        said = self.line("HA")
        return int(said) if re.fullmatch(r"\d{1,3}", said) else 0

    def first(self) -> int | None:
        """Return the seat that PL says moves first, or None."""
        said = self.line("PL")[:1].upper()
        if said and said not in SEATS:
            raise self._root.fault(f"PL[{self.line('PL')[:20]}] is neither B nor W")
        return SEATS.get(said)


def set_up(board: np.ndarray, node: Node) -> None:
    """Put the stones that stand in a node on a board [side, side]; BadInput where two stand on one point."""
    taken: set[int] = set()
    for name, stone in STONES.items():
        try:
            points = values.points(node.properties.get(name, []), len(board))
        except ValueError:
            raise node.fault(f"{name} has what is no point of {len(board)}x{len(board)}") from None
        if points & taken:
            raise node.fault("two of AB, AW and AE on the same point")
        taken |= points
        board.flat[list(points)] = stone
