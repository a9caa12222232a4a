"""What does the value of an SGF property say?

FF[4], https://www.red-bean.com/sgf/sgf4.html#3 and https://www.red-bean.com/sgf/go.html. Values are the raw bytes
between the brackets.
"""

from __future__ import annotations

import codecs
import re

from envs.bad_input import BadInput

_MARK = re.compile(rb"\\(\r\n|\n\r|.)|\r\n|\n\r|[\r\n\t\v\f]", re.DOTALL)
_ASCII = rb"\x41\u0041+AEE-(;B[aa])"  # other text in encodings that have no ASCII, or escapes of their own


def text(value: bytes, charset: str = "utf-8") -> str:
    """Return what a Text value says: line breaks stay, as `\\n`. Raises UnicodeDecodeError."""
    return _unescaped(value, b"\n").decode(charset)


def simple_text(value: bytes, charset: str = "utf-8") -> str:
    """Return what a SimpleText value says: one line, line breaks are spaces. Raises UnicodeDecodeError."""
    return _unescaped(value, b" ").decode(charset)


def _unescaped(value: bytes, line_break: bytes) -> bytes:
    """Take away escapes, and line breaks that are escaped; other white space is a space."""

    def plain(found: re.Match[bytes]) -> bytes:
        escaped = found[1]
        if escaped is None:
            return b" " if found[0] in b"\t\v\f" else line_break
        if escaped[:1] in b"\r\n":
            return b""
        return b" " if escaped in b"\t\v\f" else escaped

    return _MARK.sub(plain, value)


def escaped(plain: str) -> bytes:
    """Return the text as a value in UTF-8; colons are escaped too, so it may be a part of a composed one."""
    return re.sub(r"[\]\\:]", r"\\\g<0>", plain).encode("utf-8", "replace")


def composed(value: bytes) -> tuple[bytes, bytes | None]:
    """Split a value at its first colon that is not escaped; None where there is none."""
    found = re.match(rb"((?:[^\\:]|\\.)*+):", value, re.DOTALL)
    return (found[1], value[found.end() :]) if found else (value, None)


def charset(name: bytes) -> str:
    """Return Python's name of the charset that CA names. Raises BadInput for one that we cannot read."""
    spelled = name.decode("latin-1").strip()
    try:
        if re.fullmatch(r"[\w.:-]{1,40}", spelled, re.ASCII) and _ASCII.decode(spelled) == _ASCII.decode():
            return codecs.lookup(spelled).name
    except (LookupError, UnicodeError):
        pass
    raise BadInput(f"unknown charset {spelled[:40]!r}")


def point(value: bytes, size: int) -> int:
    """Return `row * size + column` for `aa`, which is above left, and so on. Raises ValueError for what is none."""
    column, row = (mark - ord("a") for mark in value)
    if not (0 <= column < size and 0 <= row < size):
        raise ValueError("not on the board")
    return row * size + column


def move(value: bytes, size: int) -> int:
    """Return the point, or `size * size` for a pass: nothing, or `tt` on boards up to 19x19."""
    return size * size if value in (b"", b"tt") else point(value, size)


def points(values: list[bytes], size: int) -> set[int]:
    """Return a list of points, where `aa:cc` is a rectangle by its corners. Raises ValueError."""
    found = set()
    for value in values:
        corner, _, other = value.partition(b":")
        top, left = divmod(point(corner, size), size)
        bottom, right = divmod(point(other or corner, size), size)
        if top > bottom or left > right:
            raise ValueError("not from above left to below right")
        found |= {row * size + col for row in range(top, bottom + 1) for col in range(left, right + 1)}
    return found


def written(action: int, size: int) -> bytes:
    """Return the value of a point, or of a pass."""
    row, column = divmod(action, size)
    return b"" if action == size * size else bytes((ord("a") + column, ord("a") + row))
