"""Is there a screen to open a window on?

Without one SDL opens a window that nobody sees, and nothing fails.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
import pygame

from envs.bad_input import BadInput

NO_SCREEN = "no screen to open a window on: use --record out.gif"
_INVISIBLE = ("dummy", "offscreen", "evdev", "")
_SIZE = (1280, 800)


def has_screen() -> bool:
    """Return whether a window would be seen, as far as the environment says, SDL_VIDEODRIVER first."""
    if os.environ.get("SDL_VIDEODRIVER") or os.name != "posix" or sys.platform == "darwin":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def open_window(title: str) -> pygame.Surface:
    """Open a window that can be resized. Raises BadInput where nobody would see it."""
    if not has_screen():
        raise BadInput(NO_SCREEN)
    try:
        pygame.display.init()
        pygame.font.init()
        if pygame.display.get_driver() in _INVISIBLE and not os.environ.get("SDL_VIDEODRIVER"):
            raise BadInput(NO_SCREEN)
        wide, high = pygame.display.get_desktop_sizes()[0]
        size = min(_SIZE[0], wide * 9 // 10), min(_SIZE[1], high * 9 // 10)
        window = pygame.display.set_mode(size, pygame.RESIZABLE)
    except pygame.error as error:
        raise BadInput(f"{NO_SCREEN} ({error})") from error
    pygame.display.set_caption(title)
    pygame.key.set_repeat(350, 40)
    return window


def close_window() -> None:
    """Close it. Fonts stay: `theme` keeps them for the next window, and pygame crashes on one kept across a quit."""
    pygame.display.quit()
