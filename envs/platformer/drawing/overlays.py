"""What can be shown over a platformer: the buttons pressed, the boxes that touch, what the agent sees?"""

from __future__ import annotations

import numpy as np
import pygame

from envs.view import Decision


def draw_overlay(surface: pygame.Surface, state: np.record, name: str, decision: Decision | None) -> None:
    """Draw `policy`, `hitboxes` or `window` over the drawing of the state."""
