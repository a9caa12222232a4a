"""How are the runners of other games on the same level shown?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame

_ALPHA = 140


def draw_ghosts(surface: pygame.Surface, state: np.record, ghosts: Sequence[np.record]) -> None:
    """Draw the runner of each record, half transparent, over the drawing of `state`, as the camera shows that.

    Ghost k has the colours of seat k + 1: those of seat 0 are worn by the runner of `state`.
    """
