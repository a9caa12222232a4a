"""How does a line of GTP become a command, and its result an answer?

Go Text Protocol 2 (Farnebäck 2002, draft 2): one command a line, `[ID] command arguments`; an answer is `=[ID] text`
or `?[ID] why not`, ended by an empty line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

from envs.bad_input import BadInput

MAX_LINE = 1 << 16  # bytes
_LINE = re.compile(r"(?:(\d+)(?: |$))?(.*)", re.ASCII)
_CONTROLS: dict[int, str | None] = {**dict.fromkeys((*range(32), 127)), ord("\t"): " "}
_SEATS = {"b": 0, "black": 0, "w": 1, "white": 1}


def lines(stream: BinaryIO) -> Iterator[str]:
    """Yield the lines of a stream; of one that is too long, what fits."""
    while line := stream.readline(MAX_LINE):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_LINE)
        yield line.decode(errors="replace")


def answer(line: str, obey: Callable[[str, Sequence[str]], str]) -> str:
    """Return the whole answer to a line, nothing to a line without a command. Never raises.

    obey: returns the result of a command with its arguments; raises BadInput where it fails.
    """
    found = _LINE.fullmatch(line.partition("#")[0].translate(_CONTROLS).strip())
    assert found is not None
    number, words = found[1] or "", found[2].split()
    if not words:
        return f"?{number} unknown command\n\n" if number else ""
    try:
        mark, text = "=", obey(words[0], words[1:])
    except BadInput as failure:
        mark, text = "?", str(failure)
    except Exception as error:  # whatever an agent may do, whoever asked gets an answer
        mark, text = "?", f"{type(error).__name__}: {error}"
    result = "\n".join(filter(str.strip, text.split("\n")))  # an empty line would end the answer
    space = "\n" if text.startswith("\n") else " "
    return f"{mark}{number}{space}{result}\n\n"


def seat(words: Sequence[str]) -> int:
    """Return the seat of the colour in the first word."""
    if not words or words[0].lower() not in _SEATS:
        raise BadInput("syntax error")
    return _SEATS[words[0].lower()]


def number(words: Sequence[str]) -> float:
    """Return the number in the first word."""
    try:
        return float(words[0])
    except (IndexError, ValueError):
        raise BadInput("syntax error") from None


def whole(words: Sequence[str]) -> int:
    """Return the whole number in the first word."""
    if not words or not re.fullmatch(r"-?\d{1,18}", words[0], re.ASCII):
        raise BadInput("syntax error")
    return int(words[0])


def action(words: Sequence[str], names: Sequence[str]) -> int:
    """Return the action of the vertex in the first word; the board calls its actions by these names."""
    try:
        return [name.upper() for name in names].index(words[0].upper())
    except (IndexError, ValueError):
        raise BadInput("syntax error") from None
