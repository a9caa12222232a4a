"""How are the buttons of a game held down together: by arrays of bits, and by the keys of `gymnasium.utils.play`?"""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import numpy as np
from gymnasium import spaces

from envs.game import Game

_CHARACTERS = {"space": " "}


class Buttons(spaces.MultiBinary):
    """Which of so many buttons are held; `sample` takes the faces' mask over their combinations, too."""

    def sample(self, mask: np.ndarray | None = None, probability: np.ndarray | None = None) -> np.ndarray:
        if mask is None or mask.shape == self.shape:
            return super().sample(mask, probability)
        legal = np.flatnonzero(mask)
        return bits_of(int(self.np_random.choice(legal)) if len(legal) else 0, *self.shape)


def held_space(game: Game) -> spaces.Space:
    """Return the actions that one seat has on the Gymnasium faces: one bit a button, where the game has buttons."""
    return Buttons(len(game.buttons)) if game.buttons else game.action_space


def number_of(held: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return the actions int64 [...] of arrays [..., buttons] of 0 and 1. Raises ValueError for any other array."""
    bits = np.asarray(held)
    if bits.shape != shape or not ((bits == 0) | (bits == 1)).all():
        raise ValueError(f"action {held!r} is no array {list(shape)} of 0 and 1, one a button")
    return bits.astype(np.int64) @ (1 << np.arange(shape[-1]))


def bits_of(action: int | np.ndarray, buttons: int) -> np.ndarray:
    """Return which buttons an action holds, int8 [buttons]; of actions [..., 1] int8 [..., buttons]."""
    return (action >> np.arange(buttons) & 1).astype(np.int8)


def keys_to_action(game: Game) -> dict[str, Any]:
    """Return what keys of one character do, held together, and that of no key, as `gymnasium.utils.play` takes it."""
    if not game.button_keys:
        return {key: action for key, action in game.keys_to_action.items() if len(key) == 1}
    keys = {
        button: [key for key in (_CHARACTERS.get(name, name) for name in names) if len(key) == 1]
        for button, names in game.button_keys.items()
    }
    held = [each for count in range(len(keys) + 1) for each in combinations(keys, count)]
    actions = {
        "".join(chosen): game.pressed(buttons)
        for buttons in held
        for chosen in product(*(keys[button] for button in buttons))
    }
    if not game.buttons:
        return actions
    return {chosen: bits_of(action, len(game.buttons)) for chosen, action in actions.items()}
