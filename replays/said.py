"""What may an agent say of its choice, and in what shape is that kept?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from envs.view import Decision

LINE = 32  # plies of a principal variation that are kept


class Said(NamedTuple):
    """How one field of a `Decision` is kept: in which type, and what stands where nothing was said."""

    kept: np.dtype
    silence: float | int


_REAL = Said(np.dtype("<f4"), float("nan"))
FIELDS = {
    "value": _REAL,
    "policy": _REAL,
    "q": _REAL,
    "lead": _REAL,
    "owner": _REAL,
    "visits": Said(np.dtype("<u4"), 0),
    "line": Said(np.dtype("<i4"), -1),
}


def shape(name: str, choices: int) -> tuple[int, ...]:
    """Return the shape of one field for one game that has so many actions."""
    return () if name == "value" else (LINE,) if name == "line" else (choices,)


def silence(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return what stands where nothing was said: float64, or int64 for what is counted."""
    return np.full(shape, FIELDS[name].silence)


def of_one_game(decision: Decision | None, name: str, choices: int) -> np.ndarray | None:
    """Return a field of a decision on one game in the shape it is kept in, or None where it says nothing.

    A line is cut or filled up. Raises ValueError for another shape.
    """
    field = getattr(decision, name, None)
    if field is None:
        return None
    row = silence(name, shape(name, choices))
    if name == "line":
        plies = np.asarray(field, np.int64).reshape(-1)[:LINE]
        row[: len(plies)] = plies
        return row
    return np.array(field, row.dtype).reshape(row.shape)


def speaks(name: str, row: np.ndarray) -> bool:
    """Return whether anything was said there."""
    said = ~np.isnan(row) if row.dtype.kind == "f" else row != FIELDS[name].silence
    return bool(said.any())
