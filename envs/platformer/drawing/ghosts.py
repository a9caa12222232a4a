"""How are the runners of other games on the same level shown?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame

from envs.platformer.drawing.camera import camera_of
from envs.platformer.drawing.scene import draw_runner, enlarged

_ALPHA = 140


def draw_ghosts(surface: pygame.Surface, state: np.record, ghosts: Sequence[np.record]) -> None:
    """Draw the first runner of each record, half transparent, over the drawing of `state`, as the camera shows that.

    Ghost k has the colours of seat k + 1: those of seat 0 are worn by the runner of `state`.
    """
    camera = camera_of(state, surface.get_size())
    canvas = pygame.Surface((camera.width, camera.height), pygame.SRCALPHA, 32)
    for k, ghost in enumerate(ghosts):
        draw_runner(canvas, ghost, camera, 0, k + 1, _ALPHA)
    surface.blit(enlarged(canvas, surface.get_size()), (0, 0))
