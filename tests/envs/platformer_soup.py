"""Which levels could nobody have wanted? Random tiles, foes and fast lifts in a small box, to try the rules on."""

from __future__ import annotations

import numpy as np

from envs.bad_input import BadInput
from envs.platformer.level import parse_level

_MARKS = "." * 40 + "#" * 12 + "=" * 4 + "B" * 5 + "o" * 4 + "^" * 2 + "J" * 3 + "w" * 3 + "C"
_MOVING = ("h:::", ":::h:", "--::", "::---::", "-:", "v", "|")


def soup(seed: int, rows: int = 12, cols: int = 24) -> str:
    """Return the text of a level of random tiles, that is read without a fault."""
    rng = np.random.default_rng(seed)
    while True:
        grid = rng.choice(list(_MARKS), (rows, cols))
        grid[rng.integers(2, rows - 1), :] = rng.choice(list("##.="), cols)
        for _ in range(rng.integers(6)):
            word = str(rng.choice(_MOVING))
            row, col = rng.integers(rows - 5), rng.integers(cols - 8)
            if word in "v|":
                grid[row : row + 5, col] = list(f":{word}:::")
            else:
                grid[row, col : col + len(word)] = list(word)
        places = rng.permutation(rows * cols)[:2]
        grid.ravel()[places] = list("SF")
        speeds = rng.choice([30, 80, 300, 1000], 2)
        text = f"foe speed: {speeds[0]}\nlift speed: {speeds[1]}\n\n" + "\n".join(map("".join, grid))
        try:
            parse_level(text)
        except BadInput:  # a foe without ground under it, say
            text = text.replace("w", ".")
            try:
                parse_level(text)
            except BadInput:
                continue
        return text
