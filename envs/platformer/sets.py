"""Which levels belong to which set, and how is each known to be finishable?"""

from __future__ import annotations

from envs.bad_input import BadInput
from envs.settings import choice

SETS = {
    "train": (0, 500),
    "test": (1_000_000, 1_000),
    "endless": (1_001_000, 1_000_000_000),
}  # first, how many
DIFFICULTIES = {"easy": 0.2, "hard": 0.7}
MAX_NUMBER = 2**31 - 1


def difficulty_of(value: str | float) -> int:
    """Return the difficulty in thousandths. Raises BadInput for what is neither a name nor a number from 0 to 1."""
    if isinstance(value, str):
        value = DIFFICULTIES[choice("platformer", "difficulty", value, tuple(DIFFICULTIES))]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise BadInput(f"platformer: difficulty={value!r} is not easy, hard, or a number from 0 to 1")
    return round(1000 * value)
