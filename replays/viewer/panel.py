"""What stands beside the board: who plays, how it goes, what happened?"""

from __future__ import annotations

from typing import NamedTuple

import pygame

from envs.game import PLAYING, TERMINATED
from replays.viewer import theme
from replays.viewer.keys import key_of
from replays.viewer.session import PLAY, Session
from replays.viewer.thoughts import draw_thoughts

_PAD = 14
_GHOST = 24  # height of a line that names one


class Hit(NamedTuple):
    """A place that can be clicked: an overlay to switch, a frame to go to, or a seat to look at."""

    rect: pygame.Rect
    overlay: str = ""
    frame: int | None = None
    seat: int | None = None


def draw_panel(surface: pygame.Surface, rect: pygame.Rect, session: Session) -> list[Hit]:
    """Draw the panel from the top down, leaving out what has no room, and return what can be clicked."""
    theme.card(surface, rect)
    room = rect.inflate(-2 * _PAD, -2 * _PAD)
    hits, foot = _draw_switches(surface, room, session)
    room.height = foot - room.top
    surface.set_clip(room)
    for draw in (_draw_head, _draw_state, _draw_seats, _draw_ghosts, _draw_thoughts, _draw_events):
        used, clicked = draw(surface, room, session)
        hits += [hit for hit in clicked if room.contains(hit.rect)]
        room = pygame.Rect(room.left, room.top + used, room.width, max(0, room.height - used))
    surface.set_clip(None)
    return hits


def _draw_head(surface: pygame.Surface, room: pygame.Rect, session: Session) -> tuple[int, list[Hit]]:
    theme.write(surface, session.title, room.topleft, 17, bold=True, width=room.width)
    theme.write(surface, session.game.spec, (room.left, room.top + 24), 12, theme.MUTED, width=room.width)
    return 52, []


def _draw_state(surface: pygame.Surface, room: pygame.Rect, session: Session) -> tuple[int, list[Hit]]:
    playback, state = session.playback, session.playback.state
    ink = {PLAYING: theme.ACCENT, TERMINATED: theme.GOLD}.get(int(state.status), theme.MUTED)
    reason = session.game.reasons[state.reason]
    theme.chip(surface, reason, room.topleft, ink, theme.mixed(theme.CARD, ink, 0.22))
    ink = theme.GREEN if session.mode == PLAY else theme.MUTED
    ground = theme.mixed(theme.CARD, ink, 0.18)
    theme.chip(surface, _doing(session), room.topright, ink, ground, "topright")
    y = room.top + 46
    at = theme.write(surface, f"ply {playback.position}", (room.left, y), 20, bold=True, anchor="midleft")
    theme.write(surface, f"/ {playback.last}", (at.right + 8, y + 2), 14, theme.MUTED, anchor="midleft")
    speed = theme.write(surface, f"{playback.speed} / s", (room.right, y), 14, theme.MUTED, anchor="midright")
    _draw_playing(surface, (speed.left - 16, y), playback.playing)
    if not session.verdict or session.verdict == reason:
        return 72, []
    below = room.left, room.top + 78
    theme.write(surface, session.verdict, below, 17, theme.GOLD, True, "midleft", room.width)
    return 104, []


def _doing(session: Session) -> str:
    if session.live is None:
        return "recording"
    if session.mode == PLAY:
        return "you play"
    return "watching" if session.playback.at_end and not session.live.persons else "analysing"


def _draw_playing(surface: pygame.Surface, centre: tuple[int, int], playing: bool) -> None:
    x, y = centre
    if playing:
        pygame.draw.polygon(surface, theme.GREEN, [(x - 5, y - 7), (x + 7, y), (x - 5, y + 7)])
        return
    for left in (x - 5, x + 2):
        pygame.draw.rect(surface, theme.GOLD, (left, y - 7, 4, 14), border_radius=1)


def _draw_seats(surface: pygame.Surface, room: pygame.Rect, session: Session) -> tuple[int, list[Hit]]:
    state, game = session.playback.state, session.game
    fed = "food_limit" in (state.dtype.names or ()) and state.food_limit > 0
    height = 54 if fed or any(_more(session, seat) for seat in range(game.seats)) else 42
    hits = []
    for seat in range(game.seats):
        box = pygame.Rect(room.left, room.top + seat * (height + 8), room.width, height)
        theme.card(surface, box, theme.RAISED, 8)
        if seat == session.seat and game.seats > 1 and (game.acting > 1 or not state.status):
            pygame.draw.rect(surface, theme.ACCENT, box, 1, border_radius=8)
        _draw_seat(surface, box, session, seat)
        if fed:
            share = max(0.0, float(state.food[seat]) / float(state.food_limit))
            at = pygame.Rect(box.left + 36, box.bottom - 13, box.width - 48, 5)
            theme.bar(surface, at, share, theme.GREEN if share > 0.3 else theme.RED)
        hits.append(Hit(box, seat=seat))
    return game.seats * (height + 8) + 10, hits if game.acting > 1 else []


def _draw_seat(surface: pygame.Surface, box: pygame.Rect, session: Session, seat: int) -> None:
    state, live, game, y = session.playback.state, session.live, session.game, box.top + 21
    theme.dot(surface, (box.left + 18, y), 7, theme.seat_colour(game, seat))
    score = theme.write(
        surface, game.points(state, seat), (box.right - 12, y), 18, theme.TEXT, True, "midright"
    )
    gone = bool(state.out[seat]) and state.status == PLAYING
    name = _name(session, seat) + (", out" if gone else "")
    if live is not None and seat in live.thinking and seat not in live.persons:
        score = theme.write(surface, "thinking", (score.left - 2, y), 12, theme.GREEN, False, "midright")
    ink = theme.MUTED if gone else theme.TEXT
    theme.write(surface, name, (box.left + 36, y), 14, ink, True, "midleft", score.left - box.left - 46)
    if more := _more(session, seat):
        theme.write(surface, more, (box.left + 36, y + 18), 12, theme.MUTED, False, "midleft", box.width - 48)


def _more(session: Session, seat: int) -> str:
    """Return which seat it is, where seats have names of their own, and what it has."""
    game = session.game
    holds = game.holdings(session.playback.state, seat)
    return "  ·  ".join(filter(None, [game.seat_name(seat) if game.seat_names else "", holds]))


def _draw_ghosts(surface: pygame.Surface, room: pygame.Rect, session: Session) -> tuple[int, list[Hit]]:
    """Name the ghosts in their colours, and how it stands with them."""
    game = session.game
    for number, (ghost, state) in enumerate(
        zip(session.playback.ghosts, session.playback.haunting(), strict=True)
    ):
        y = room.top + number * _GHOST + 6
        theme.dot(surface, (room.left + 18, y), 5, theme.ghost_colour(game, number))
        told = "  ".join(filter(None, [game.verdict(state), game.points(state, 0)]))
        at = theme.write(surface, told, (room.right - 12, y), 13, theme.MUTED, False, "midright")
        theme.write(
            surface,
            ghost.name,
            (room.left + 36, y),
            13,
            theme.MUTED,
            False,
            "midleft",
            at.left - room.left - 46,
        )
    count = len(session.playback.ghosts)
    return count * _GHOST + (10 if count else 0), []


def _name(session: Session, seat: int) -> str:
    name, live = session.playback.names[seat], session.live
    if live is None or seat not in live.persons:
        return name
    return "you" if live.players[seat] is None else f"you, for {name}"


def _draw_thoughts(surface: pygame.Surface, room: pygame.Rect, session: Session) -> tuple[int, list[Hit]]:
    return draw_thoughts(surface, room, session), []


def _draw_events(surface: pygame.Surface, room: pygame.Rect, session: Session) -> tuple[int, list[Hit]]:
    """List what happened, as much as has room, around the frame shown."""
    events, position = list(session.playback.events.items()), session.playback.position
    lines = min(len(events), (room.height - 26) // 22)
    if lines < 1:
        return 0, []
    theme.write(surface, "events", (room.left, room.top + 10), 13, theme.MUTED, anchor="midleft")
    passed = sum(frame <= position for frame, _ in events)
    first = max(0, min(passed - lines // 2 - 1, len(events) - lines))
    hits = []
    for line, (frame, what) in enumerate(events[first : first + lines]):
        y = room.top + 34 + line * 22
        ink = theme.GOLD if frame == position else theme.TEXT if frame < position else theme.MUTED
        theme.write(surface, str(frame), (room.left + 34, y), 12, ink, anchor="midright")
        theme.diamond(surface, (room.left + 48, y), 4, ink)
        theme.write(
            surface, what, (room.left + 62, y), 12, ink, frame == position, "midleft", room.width - 62
        )
        hits.append(Hit(pygame.Rect(room.left, y - 11, room.width, 22), frame=frame))
    return 26 + lines * 22, hits


def _draw_switches(surface: pygame.Surface, room: pygame.Rect, session: Session) -> tuple[list[Hit], int]:
    """Draw the switches of the overlays at the foot; return them, and where they begin."""
    offered = session.insight.offered
    top = room.bottom - (len(offered) + 2) // 3 * 30 - 22
    if top < room.top + 150:
        return [], room.bottom
    hits, width = [], (room.width - 12) // 3
    for number, name in enumerate(offered):
        box = pygame.Rect(room.left + number % 3 * (width + 6), top + number // 3 * 30, width, 26)
        on = name in session.insight.overlays
        theme.card(surface, box, theme.mixed(theme.CARD, theme.ACCENT, 0.35) if on else theme.RAISED, 6)
        theme.write(surface, key_of(name), (box.left + 9, box.centery), 11, theme.ACCENT, True, "midleft")
        ink = theme.TEXT if on else theme.MUTED
        theme.write(surface, name, (box.left + 24, box.centery), 12, ink, on, "midleft", box.width - 28)
        hits.append(Hit(box, overlay=name))
    theme.write(
        surface, "? shows all keys", (room.left, room.bottom + 2), 11, theme.MUTED, anchor="bottomleft"
    )
    return hits, top - 10
