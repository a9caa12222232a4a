"""Which levels belong to which set, and how is each known to be finishable?"""

from __future__ import annotations

SETS = {"train": (0, 500), "test": (1_000_000, 1_000), "endless": (1_001_000, 1_000_000_000)}  # first, how many
DIFFICULTIES = {"easy": 0.2, "hard": 0.7}
MAX_NUMBER = 2**31 - 1
