"""How does a platformer look in a terminal?"""

from __future__ import annotations

import numpy as np

from envs.platformer.level import TILES
from envs.platformer.moving import FOE_HEIGHT, FOE_WIDTH, foe_place, lift_place
from envs.platformer.physics import HEIGHT, WIDTH
from envs.platformer.state import standing
from envs.platformer.world import TILE

_MARKS = {bits: mark for mark, bits in TILES.items()}


def map_text(state: np.record) -> str:
    """Return the whole level as it stands, with the runners as @, &, % and $."""
    rows, cols = int(state.rows), int(state.cols)
    marks = [_MARKS.get(tile, ".") for tile in standing(state).ravel().tolist()]

    def mark(x: int, y: int, sign: str) -> None:
        row, col = y // TILE, x // TILE
        if 0 <= row < rows and 0 <= col < cols:
            marks[row * cols + col] = sign

    for k in range(state.lift_count):
        x, y = lift_place(state, k, state.tick)
        for part in range(int(state.lift_width[k]) // TILE):
            mark(x + part * TILE, y, "|" if state.lift_down[k] else "-")
    for k in range(state.foe_count):
        if int(state.foes) >> k & 1:
            x, y = foe_place(state, k, state.tick)
            mark(x + FOE_WIDTH // 2, y + FOE_HEIGHT // 2, "v" if state.foe_flies[k] else "w")
    for seat in range(len(state.x)):
        if not state.out[seat]:
            mark(int(state.x[seat]) + WIDTH // 2, int(state.y[seat]) + HEIGHT // 2, "@&%$"[seat])
    return "\n".join("".join(marks[row * cols : (row + 1) * cols]) for row in range(rows))
