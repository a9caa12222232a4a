"""How does the board come onto the window, with what is thought of it?"""

from __future__ import annotations

import pygame

from replays.viewer import theme
from replays.viewer.network import beside, draw_network
from replays.viewer.session import Session


def draw_board(surface: pygame.Surface, session: Session) -> None:
    """Draw the frame shown as large as it fits, in its own proportions, in the middle of the surface."""
    state = session.playback.state
    natural = session.game.picture_size(state)
    room, pane = surface.get_rect(), None
    if "network" in session.overlays:
        room, pane = beside(room, natural, session.observation)
    board = surface.subsurface(fitted(room, natural))
    session.game.draw(board, state)
    for name, opinion in session.pictures():
        session.game.draw_overlay(board, state, name, opinion.places, opinion.decision)
    if pane:
        draw_network(surface, pane, session)


def fitted(room: pygame.Rect, size: tuple[int, int]) -> pygame.Rect:
    """Return the largest rectangle of these proportions in the middle of the room."""
    share = min(room.width / size[0], room.height / size[1])
    rect = pygame.Rect(0, 0, max(1, int(size[0] * share)), max(1, int(size[1] * share)))
    rect.center = room.center
    return rect.clip(room)


def picture_of_board(session: Session) -> pygame.Surface:
    """Return the board with its overlays in the size it has by itself."""
    picture = pygame.Surface(session.game.picture_size(session.playback.state))
    picture.fill(theme.BACKGROUND)
    draw_board(picture, session)
    return picture
