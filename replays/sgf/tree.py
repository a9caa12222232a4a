"""How is SGF text read as trees of nodes, and written again?

    Collection = GameTree { GameTree }        Node     = ";" { Property }
    GameTree   = "(" Sequence { GameTree } ")"  Property = Name Value { Value }
    Sequence   = Node { Node }                Value    = "[" bytes, `]` and `\\` escaped, "]"

FF[4], https://www.red-bean.com/sgf/sgf4.html. What a value says is left to `values`, so whatever stands in a file
goes through unchanged. Nothing here recurses: a file may nest as deep as it is long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from envs.bad_input import BadInput

MAX_BYTES = 8 * 2**20
MAX_NODES, MAX_DEPTH = 250_000, 100_000  # of a file; deep is what stands within so many brackets
MAX_PROPERTIES, MAX_VALUES = 200, 10_000  # of a node, of a property
_WIDTH = 78  # of a line written, where its values allow

_START = re.compile(rb"\(\s*+;")
_NAME = re.compile(rb"\s*+([A-Za-z]{1,64}+)")
_VALUE = re.compile(rb"\s*+\[([^\\\]]*+(?:\\.[^\\\]]*+)*+)\]", re.DOTALL)
_BRACKET = re.compile(rb"\s*+([()])")
_SEMICOLON = re.compile(rb"\s*+(;)")
_REST = re.compile(rb"\s*+(.?)", re.DOTALL)
_SMALL = bytes(range(ord("a"), ord("z") + 1))


@dataclass(frozen=True)
class Source:
    """The bytes of a file, and what to call it."""

    name: str
    data: bytes

    def fault(self, at: int, fault: str) -> BadInput:
        """Return `name:line:column: fault` for the byte at that offset; lines and columns count from 1."""
        before = re.split(rb"\r\n?|\n", self.data[:at])
        return BadInput(f"{self.name}:{len(before)}:{len(before[-1].decode(errors='replace')) + 1}: {fault}")


@dataclass(eq=False, repr=False, slots=True)
class Node:
    """A node, and by its children the tree below it; the first child goes on with the main line.

    properties: name -> raw values, at least one each: the bytes between the brackets, escapes and all. source, at:
    where it was read, None for one that was not.
    """

    properties: dict[str, list[bytes]] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    source: Source | None = None
    at: int = 0

    def fault(self, fault: str) -> BadInput:
        """Return what is wrong with this node, with the place where it was read."""
        return self.source.fault(self.at, fault) if self.source else BadInput(fault)

    def main_line(self) -> Iterator[Node]:
        """Yield this node, its first child, and so on to a leaf."""
        node = self
        yield node
        while node.children:
            node = node.children[0]
            yield node

    def variations(self) -> int:
        """Return how many lines there are beside the main line."""
        count, waiting = 0, [self]
        while waiting:
            children = waiting.pop().children
            count += max(0, len(children) - 1)
            waiting += children
        return count


def parse(data: bytes, name: str = "SGF") -> list[Node]:
    """Read a collection and return the root of each game, at least one.

    Text around the games is skipped, small letters in property names too (`AddBlack`, FF[3]), and a property given
    twice in a node has the values of both: so does sgfmill.

    Raises:
        BadInput: `name:line:column: fault` for anything that breaks the grammar or goes beyond the limits above.
    """
    if len(data) > MAX_BYTES:
        raise BadInput(f"{name}: larger than {MAX_BYTES >> 20} MiB")
    return _Parser(Source(name, data)).games()


class _Parser:
    """Reads from `at` on. nodes: how many there were so far."""

    def __init__(self, source: Source) -> None:
        self._source, self._at, self._nodes = source, 0, 0

    def games(self) -> list[Node]:
        games = []
        while start := _START.search(self._source.data, self._at):
            self._at = start.start()
            games.append(self._game())
        if not games:
            raise self._source.fault(0, "no game here: one begins with `(;`")
        return games

    def _game(self) -> Node:
        """Read from an opening bracket to the one that closes it."""
        top = Node()  # above the root, as every variation stands below some node
        node, parents = top, []  # parents: the node before each open bracket
        while bracket := self._take(_BRACKET):
            if bracket == b"(":
                parents.append(node)
                if len(parents) > MAX_DEPTH:
                    self._refuse(f"variations within more than {MAX_DEPTH} others")
                node = self._sequence(node)
            else:
                node = parents.pop()
                if not parents:
                    return top.children[0]
        self._explain("`;`, `(` or `)`")

    def _sequence(self, parent: Node) -> Node:
        """Read one or more nodes, each a child of the one before, and return the last."""
        node = self._node(parent)
        while _SEMICOLON.match(self._source.data, self._at):
            node = self._node(node)
        return node

    def _node(self, parent: Node) -> Node:
        if not self._take(_SEMICOLON):
            self._explain("`;`")
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._refuse(f"more than {MAX_NODES} nodes")
        node = Node(source=self._source, at=self._at - 1)
        parent.children.append(node)
        while name := self._take(_NAME):
            self._property(node, name)
        return node

    def _property(self, node: Node, name: bytes) -> None:
        known = name.translate(None, _SMALL).decode()
        if not known:
            self._refuse(f"property {name.decode()!r}: a name is in capitals")
        values = node.properties.setdefault(known, [])
        before = len(values)
        while (value := self._take(_VALUE)) is not None:
            values.append(value)
        if len(values) == before:
            self._explain(f"a value of {known}")
        if len(values) > MAX_VALUES or len(node.properties) > MAX_PROPERTIES:
            self._refuse(f"more than {MAX_PROPERTIES} properties in a node, or {MAX_VALUES} values of one")

    def _take(self, pattern: re.Pattern[bytes]) -> bytes | None:
        """Return what comes next and step over it, or None if something else comes next."""
        if found := pattern.match(self._source.data, self._at):
            self._at = found.end()
            return found[1]
        return None

    def _refuse(self, fault: str) -> NoReturn:
        raise self._source.fault(self._at, fault)

    def _explain(self, expected: str) -> NoReturn:
        """Say that something else stands where that was expected."""
        found = _REST.match(self._source.data, self._at)
        assert found is not None  # it matches anything
        self._at = found.start(1)
        if not found[1]:
            self._refuse(f"the file ends where {expected} was expected")
        if found[1] == b"[" and not _VALUE.match(self._source.data, self._at):
            self._refuse("the value that begins here has no end: a `]` is missing")
        self._refuse(f"{found[1].decode('latin-1')!r} stands where {expected} was expected")


def write(games: Sequence[Node]) -> bytes:
    """Write the trees, so that `parse` gives them back; lines are broken between properties only."""
    pieces: list[bytes] = []
    waiting: list[Node | None] = [*reversed(games)]  # None: a bracket to close
    while waiting:
        node = waiting.pop()
        if node is None:
            pieces.append(b")")
            continue
        pieces.append(b"(")
        pieces += _pieces(node)
        while len(node.children) == 1:
            node = node.children[0]
            pieces += _pieces(node)
        waiting += [None, *reversed(node.children)]
    return _lines(pieces)


def _pieces(node: Node) -> list[bytes]:
    """Return the node as it is written, in several pieces where it is longer than a line."""
    properties = [
        name.encode() + b"".join(b"[%s]" % value for value in values)
        for name, values in node.properties.items()
    ]
    whole = b";" + b"".join(properties)
    return [whole] if len(whole) <= _WIDTH else [b";" + properties[0], *properties[1:]]


def _lines(pieces: list[bytes]) -> bytes:
    lines: list[list[bytes]] = [[]]
    width = 0
    for piece in pieces:
        if width + len(piece) > _WIDTH and width:
            lines.append([])
            width = 0
        lines[-1].append(piece)
        width += len(piece)
    return b"\n".join(b"".join(line) for line in lines) + b"\n"
