"""Where on the whole level did runs end?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame


def map_size(state: np.record) -> tuple[int, int]:
    """Return the natural size of the map in pixels, (width, height)."""
    return int(state.cols) * 16, int(state.rows) * 16


def draw_map(surface: pygame.Surface, state: np.record, ends: Sequence[tuple[int, int, str]]) -> None:
    """Draw the whole level, and where runs ended."""
