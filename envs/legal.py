"""Is an action legal, and if not, why?"""

from __future__ import annotations

import numpy as np

from envs.compiled import compiled
from envs.game import Game


@compiled
def first_illegal(mask, actions, over):
    """Return the first game whose action [B] the mask [B, actions] does not allow, or -1.

    In a game that is `over`, bool [B], any action will do that the game knows at all.
    """
    for i in range(len(actions)):
        action = actions[i]
        if action < 0 or action >= mask.shape[1] or not (over[i] or mask[i, action]):
            return i
    return -1


def why_illegal(game: Game, state: np.record, action: int) -> str:
    """Return in one line why the seat to move may not choose that action."""
    if not 0 <= action < game.action_space.n:
        return f"action {action} is not in {game.action_space}"
    return f"action {action} is illegal, see action_mask: {game.fault(state, action)}"
