"""Is a setting of a game what it can be?"""

from __future__ import annotations

from typing import Any

import numpy as np

from envs.bad_input import BadInput, suggest


def whole(game: str, key: str, value: Any, low: int, high: int) -> int:
    """Return the value, or raise BadInput where it is no whole number from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not low <= value <= high:
        raise BadInput(f"{game}: {key}={value!r} is not a whole number from {low} to {high}")
    return int(value)


def choice(game: str, key: str, value: Any, choices: tuple[Any, ...]) -> Any:
    """Return the value, or raise BadInput where it is none of the choices."""
    if value not in choices:
        names = tuple(map(str, choices))
        raise BadInput(f"{game}: {key}={value} is not one of {', '.join(names)}.{suggest(str(value), names)}")
    return value
