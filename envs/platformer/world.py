"""What is the world of the platformer measured in, what are its tiles made of, and how much may there be of all?

Lengths are whole sub-pixels: 256 to a pixel, 16 pixels to a tile. x grows to the right, y downwards. A runner's place
is the top left corner of its box.
"""

from __future__ import annotations

PIXEL, TILE = 256, 4096
MAX_ROWS, MAX_COLS, MAX_CELLS = 32, 256, 4096
MAX_RUNNERS, MAX_COINS, MAX_BRICKS, MAX_FOES, MAX_LIFTS, MAX_CHECKPOINTS = 4, 60, 60, 32, 16, 9
MAX_HAPPENINGS = 8  # that are remembered, for the drawing

# Bits of a tile.
SOLID, LEDGE, SPIKE, COIN, SPRING, BRICK, FLAG, CHECKPOINT = 1, 2, 4, 8, 16, 32, 64, 128

# What happened, for drawing and timeline.
TOOK_COIN, STOMPED, BROKE_BRICK, JUMPED, LANDED, SPRUNG, CHECKED, DIED, FINISHED = range(1, 10)

REWARDS = ("progress", "coin", "flag", "death", "time")  # the order of the weights
