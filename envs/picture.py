"""How does a face show its game: as an array of pixels, or in a window?"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np

from envs.bad_input import BadInput
from envs.game import Game

if TYPE_CHECKING:
    import pygame

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
        self._screen: pygame.Surface | None = None

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


class Picture:
    """What `render()` of a face gives, in the mode the face was made with."""

    def __init__(self, game: Game, mode: str | None, fps: int) -> None:
        check_mode(mode)
        self._game, self._mode, self._fps = game, mode, fps
        self._window: Window | None = None

    def render(self, state: np.record) -> np.ndarray | str | None:
        if self._mode == "rgb_array":
            return rgb_array(self._game, state)
        if self._mode == "ansi":
            return self._game.text(state)
        if self._mode == "human":
            self._window = self._window or Window(self._game, self._fps)
            self._window.show(state)
        else:
            gymnasium.logger.warn("render() without a render_mode: give one where the environment is made")
        return None

    def close(self) -> None:
        if self._window is not None:
            self._window.close()
            self._window = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_window": None}


def check_mode(mode: str | None) -> None:
    if mode is not None and mode not in MODES:
        raise BadInput(f"unknown render_mode {mode!r}; there are {', '.join(MODES)}")
