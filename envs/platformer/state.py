"""What stands in the record of one platformer?"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from envs.game import record_dtype
from envs.platformer.world import (
    MAX_BRICKS,
    MAX_CELLS,
    MAX_CHECKPOINTS,
    MAX_COINS,
    MAX_FOES,
    MAX_HAPPENINGS,
    MAX_LIFTS,
    REWARDS,
)


@lru_cache
def state_dtype(runners: int) -> np.dtype:
    """Return the record for that many runners."""
    return record_dtype(
        runners,
        [
            # what changes in play, one entry a runner where it is an array
            ("tick", "i4"),  # since the start of the episode; foes and lifts are where it says
            ("x", "i4", (runners,)),
            ("y", "i4", (runners,)),
            ("vx", "i4", (runners,)),  # sub-pixels a tick
            ("vy", "i4", (runners,)),
            ("footing", "i2", (runners,)),  # IN_AIR, ON_GROUND, or 2 + the number of the lift it rides
            ("coyote", "i2", (runners,)),  # ticks in which it may still jump off an edge that it left
            ("buffer", "i2", (runners,)),  # ticks for which a press of jump is remembered
            (
                "lift_off",
                "i2",
                (runners,),
            ),  # whether it still rises lightly: 1 while jump is held, 2 off a spring
            ("held", "i2", (runners,)),  # whether jump was held in the tick before
            ("facing", "i2", (runners,)),  # -1 or 1
            ("best", "i4", (runners,)),  # the farthest x reached
            ("lives", "i2", (runners,)),
            ("purse", "i2", (runners,)),  # coins taken
            ("checkpoint", "i2", (runners,)),  # the last one reached, 0: the start
            ("coins", "i8"),  # bit k: the coin in `coin_cell[k]` is still there
            ("bricks", "i8"),  # likewise
            ("foes", "i8"),  # bit k: foe k is up
            # what happened last, for drawing: a ring of `MAX_HAPPENINGS`
            ("happened", "u1", (MAX_HAPPENINGS,)),
            ("happened_tick", "i4", (MAX_HAPPENINGS,)),
            ("happened_x", "i4", (MAX_HAPPENINGS,)),
            ("happened_y", "i4", (MAX_HAPPENINGS,)),
            ("happened_seat", "i1", (MAX_HAPPENINGS,)),
            ("happenings", "i4"),  # so far
            # the configuration
            ("frame_skip", "i4"),  # ticks a ply
            ("buttons", "u1", (16,)),  # that each action holds: bits LEFT, RIGHT, HOP, FAST
            ("time_limit", "i4"),  # plies; 0: as long as the level is
            ("time_given", "i4"),  # ticks that the level itself allows; 0: by its length
            ("lives_given", "i2"),
            ("reward", "i8", (len(REWARDS),)),  # thousandths
            (
                "first_level",
                "i8",
            ),  # of the set; levels of a set are numbered by the seeds they are drawn from
            ("levels", "i8"),  # in the set; 0: the level is fixed
            ("difficulty", "i4"),  # of drawn levels, thousandths
            # the level
            ("number", "i8"),  # of the drawn level
            ("rows", "i4"),
            ("cols", "i4"),
            ("start_x", "i4"),
            ("start_y", "i4"),
            ("flag_col", "i4"),
            ("coin_count", "i4"),
            ("brick_count", "i4"),
            ("foe_count", "i4"),
            ("lift_count", "i4"),
            ("checkpoint_count", "i4"),
            ("foe_flies", "u1", (MAX_FOES,)),
            ("foe_x", "i4", (MAX_FOES,)),  # where its patrol begins, the left or upper end
            ("foe_y", "i4", (MAX_FOES,)),
            (
                "foe_right",
                "i4",
                (MAX_FOES,),
            ),  # how far the patrol goes, to the right or down; one of them is 0
            ("foe_down", "i4", (MAX_FOES,)),
            ("foe_speed", "i4", (MAX_FOES,)),
            ("foe_phase", "i4", (MAX_FOES,)),  # how far along it is at tick 0
            ("lift_x", "i4", (MAX_LIFTS,)),  # the same of moving platforms
            ("lift_y", "i4", (MAX_LIFTS,)),
            ("lift_right", "i4", (MAX_LIFTS,)),
            ("lift_down", "i4", (MAX_LIFTS,)),
            ("lift_speed", "i4", (MAX_LIFTS,)),
            ("lift_phase", "i4", (MAX_LIFTS,)),
            ("lift_width", "i4", (MAX_LIFTS,)),
            ("coin_cell", "i2", (MAX_COINS,)),  # in rising order, as those below
            ("brick_cell", "i2", (MAX_BRICKS,)),
            ("checkpoint_cell", "i2", (MAX_CHECKPOINTS,)),
            ("tile", "u1", (MAX_CELLS,)),  # row by row; bits as above, of the level at its start
        ],
    )


def standing(state: np.record) -> np.ndarray:
    """Return the tiles without the coins and bricks that are gone, uint8 [rows, cols]."""
    rows, cols = int(state.rows), int(state.cols)
    tiles = state.tile[: rows * cols].copy()
    for bits, cells, count in (
        (int(state.coins), state.coin_cell, int(state.coin_count)),
        (int(state.bricks), state.brick_cell, int(state.brick_count)),
    ):
        tiles[[int(cells[k]) for k in range(count) if not bits >> k & 1]] = 0
    return tiles.reshape(rows, cols)
