"""How does a face show its game: as an array of pixels, or in a window?"""

from __future__ import annotations

import os

import numpy as np

from envs.bad_input import BadInput
from envs.game import Game

MODES = ("human", "rgb_array", "ansi")


def rgb_array(game: Game, state: np.record) -> np.ndarray:
    """Return the drawing as uint8 [height, width, 3], without opening a window."""
    import pygame

    surface = pygame.Surface(game.picture_size(state))
    game.draw(surface, state)
    return np.transpose(pygame.surfarray.array3d(surface), (1, 0, 2)).copy()


class Window:
    """One window that follows one game; for watching an agent learn. The lab's viewer does more."""

    def __init__(self, game: Game, fps: int) -> None:
        if os.name == "posix" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
            os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
        self._game, self._fps = game, fps
        self._screen = None

    def show(self, state: np.record) -> None:
        import pygame

        if self._screen is None:
            pygame.display.init()
            pygame.font.init()
            self._screen = pygame.display.set_mode(self._game.picture_size(state))
            pygame.display.set_caption(f"gamelab: {self._game.spec}")
            self._clock = pygame.time.Clock()
        pygame.event.pump()
        self._game.draw(self._screen, state)
        pygame.display.flip()
        self._clock.tick(self._fps)

    def close(self) -> None:
        if self._screen is not None:
            import pygame

            pygame.display.quit()
            self._screen = None


def check_mode(mode: str | None) -> None:
    if mode is not None and mode not in MODES:
        raise BadInput(f"unknown render_mode {mode!r}; there are {', '.join(MODES)}")
