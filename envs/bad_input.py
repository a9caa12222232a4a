"""How does gamelab tell someone that what they gave is wrong?"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class BadInput(ValueError):
    """One clear line that names the file or key and the fault. The command line prints it and exits with 2."""


def one_line(error: Exception) -> str:
    """Return the message as one short line of printable text: it may quote the file."""
    text = "".join(mark if mark.isprintable() else "?" for mark in str(error)[:300])
    return text if len(text) < 300 else f"{text}…"


def suggest(name: str, choices: Iterable[str]) -> str:
    """Return `" Did you mean 'cliff'?"` for the nearest of the choices, or all of a short list, or nothing."""
    known = sorted(choices)
    near = get_close_matches(name, known, n=2, cutoff=0.5)
    if near:
        return " Did you mean " + " or ".join(repr(choice) for choice in near) + "?"
    return f" Known: {', '.join(known)}." if 0 < len(known) <= 20 else ""
