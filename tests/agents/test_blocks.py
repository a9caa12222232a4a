"""Is every game in one block, and is every block as large?"""

import numpy as np
import pytest

from agents.blocks import BLOCK, blocks, filled


@pytest.mark.parametrize("games", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
def test_every_game_is_judged_once_among_as_many(games):
    rows = np.arange(2 * games, dtype=np.float32).reshape(games, 2)
    judged = []
    for block in blocks(games):
        whole = filled(rows[block]).numpy()
        assert whole.shape == (BLOCK, 2)
        judged.append(whole[: block.stop - block.start])
        assert set(map(tuple, whole)) == set(map(tuple, rows[block]))
    assert np.array_equal(np.concatenate([rows[:0], *judged]), rows)
