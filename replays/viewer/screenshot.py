"""How does the window look, for a page or a lecture, where there is no screen?"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import pygame

from replays.playback import Playback
from replays.viewer.opinions import Think
from replays.viewer.saving import Saving
from replays.viewer.session import Session
from replays.viewer.window import Window

_PATIENCE = 30.0  # seconds for the agent's opinion to arrive


def save_screenshot(
    playback: Playback,
    path: Path,
    title: str,
    think: Think | None = None,
    overlays: Iterable[str] = (),
    size: tuple[int, int] = (1200, 760),
) -> None:
    """Draw the window over the frame at which the playback stands, and keep it as a picture."""
    pygame.font.init()
    session, saving, surface = Session(playback, title, think, overlays), Saving(), pygame.Surface(size)
    window, asked = Window(surface, session, saving), time.monotonic()
    while (
        len(session.insight.pictures()) < len(session.insight.overlays)
        and time.monotonic() - asked < _PATIENCE
    ):
        session.tick(0)
        time.sleep(0.02)
    window.draw(surface)
    pygame.image.save(surface, path)
    session.close()
    saving.close()
