"""Which 64-bit key does a position go by?

Zobrist, "A new hashing method with application for game playing" (1970): a random number for each colour and point;
the key of a board is the exclusive or of those of its stones. Two of the boards of one game share a key by chance
in fewer than one game of 10^13.
"""

from __future__ import annotations

import numpy as np

# The raw output of PCG64, which is the same on every machine and in every NumPy. The
# first index is the colour, the second the point on the board with its edge.
KEYS = np.random.PCG64(361).random_raw((3, 21 * 20)).astype(np.uint64)
KEYS[0] = 0
