"""What stands in the record of one gridworld?"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from envs.game import record_dtype
from envs.gridworld.level import Level

EVENTS = ("step", "goal", "prize", "cliff", "lava", "key", "apple", "starve")  # numbered as in the rules
_CAPACITIES = (64, 256, 1024, 4096, 16384, 32767)  # few sizes, because each one is compiled on first use


@lru_cache
def state_dtype(cells: int, foragers: int) -> np.dtype:
    """Return the record for levels of up to so many cells."""
    capacity = next(size for size in _CAPACITIES if size >= cells)
    return record_dtype(
        foragers,
        [
            # what changes in play, one entry a forager where it is an array
            ("cell", "i2", (foragers,)),
            ("food", "i2", (foragers,)),  # plies until it starves
            ("held", "u1", (foragers,)),  # bit k: has key k
            ("ripe", "u4"),  # bit k: the apple at site k is ripe; the next bit: the second end is the goal
            # the configuration
            ("rows", "i2"),
            ("cols", "i2"),
            ("starts", "i2"),
            ("goals", "i2"),
            ("keys", "i2"),
            ("apples", "i2"),
            ("open_cells", "i2"),
            ("ripe_at_once", "i2"),  # 0: all at first, and none grows again
            ("food_limit", "i2"),  # 0: nobody starves
            ("time_limit", "i4"),  # 0: none
            ("slip_part", "i4"),
            ("slip_whole", "i4"),
            ("windy", "u1"),
            ("radius", "i2"),  # of the egocentric window; 0: the whole grid is seen
            ("maze_rows", "i2"),  # 0: the level is fixed; else a new maze is drawn at each start
            ("reward", "i4", (len(EVENTS),)),  # thousandths, by event
            ("wind", "i1", (min(capacity, 256),)),  # cells northward, by column
            ("tile", "u1", (capacity,)),
            ("link", "i2", (capacity,)),  # portal: its other end; apple: its site; key, door, end: its number
            ("number", "i2", (capacity,)),  # of the cell among the open ones
        ],
    )


def template(level: Level, foragers: int, radius: int, redraw: bool) -> np.recarray:
    """Return one record configured for the level, neither seeded nor begun."""
    cells = level.rows * level.cols
    record = np.zeros(1, state_dtype(cells, foragers)).view(np.recarray)
    state = record[0]
    state.rows, state.cols = level.rows, level.cols
    state.starts, state.goals = level.starts, level.goals
    state.keys, state.apples, state.open_cells = level.keys, len(level.apples), len(level.open_cells)
    state.ripe_at_once, state.food_limit, state.time_limit = level.ripe, level.hunger, level.time_limit
    state.slip_part, state.slip_whole = level.slip.numerator, level.slip.denominator
    state.radius = radius
    state.maze_rows = level.rows if redraw else 0
    state.reward[:] = [level.rewards[event] for event in EVENTS]
    state.windy = any(level.wind)
    state.wind[: level.cols] = level.wind
    state.tile[:cells] = level.tiles
    state.link[:cells] = level.links
    state.number[:cells] = np.cumsum(np.array(level.tiles) != 1) - (np.array(level.tiles) != 1)
    return record
