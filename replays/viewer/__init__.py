"""Where is a game watched? `show` opens the window."""

from replays.viewer.screen import has_screen
from replays.viewer.window import show

__all__ = ["has_screen", "show"]
