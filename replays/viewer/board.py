"""How does the board come onto the window, with what is thought of it?"""

from __future__ import annotations

import pygame

from replays.viewer import theme
from replays.viewer.network import beside, draw_network
from replays.viewer.session import Session


def draw_board(surface: pygame.Surface, session: Session) -> None:
    """Draw the frame shown as large as it fits, in its own proportions, in the middle of the surface."""
    state = session.picture
    place, pane = arranged(surface.get_rect(), session)
    board = surface.subsurface(place)
    session.game.draw(board, state)
    if session.playback.ghosts:
        session.game.draw_ghosts(board, state, session.playback.haunting())
    for name, opinion in session.insight.pictures():
        session.game.draw_overlay(board, state, name, opinion.places, opinion.decision)
    if (choice := session.choice) is not None:
        session.game.draw_choice(board, state, choice)
    if pane:
        draw_network(surface, pane, session)


def arranged(room: pygame.Rect, session: Session) -> tuple[pygame.Rect, pygame.Rect | None]:
    """Return where in the room the board lies and, if it is shown and there is room for it, the network's input."""
    natural, pane = session.game.picture_size(session.playback.state), None
    if "network" in session.insight.overlays:
        room, pane = beside(room, natural, session.observation)
    return fitted(room, natural), pane


def action_at(room: pygame.Rect, session: Session, at: tuple[int, int]) -> int | None:
    """Return the action that the mouse means there, or None."""
    board, _ = arranged(room, session)
    if not board.collidepoint(at):
        return None
    place = at[0] - board.left, at[1] - board.top
    return session.game.action_at(session.playback.state, board.size, place)


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
