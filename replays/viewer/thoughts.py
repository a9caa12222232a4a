"""What does the agent think of the position shown? Its value, and a line for each action."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import pygame

from envs.view import Decision
from replays.said import speaks
from replays.viewer import theme
from replays.viewer.keys import cap
from replays.viewer.session import PLAY, Session

_LINE, _Q = 26, 58  # height of a line, width of the column of Q
_NAMES = 86, 140  # least and greatest width of the column of names
_MOST = 8  # actions shown


class Thoughts(NamedTuple):
    """What is known of each action, arrays [actions]: whether it is legal, how likely, worth what, how often tried."""

    legal: np.ndarray
    policy: np.ndarray | None
    q: np.ndarray | None
    visits: np.ndarray | None
    chosen: int  # or -1

    @property
    def shares(self) -> np.ndarray | None:
        """What the bars show: of all visits, or else the policy."""
        return self.policy if self.visits is None else self.visits / max(1, self.visits.sum())


def draw_thoughts(surface: pygame.Surface, room: pygame.Rect, session: Session) -> int:
    """Draw as much as has room, and return the height used; nothing once the game is over."""
    if session.playback.state.status:
        return 0
    said = session.insight.decision()
    worth = partial(session.game.worth, session.playback.state)
    y = room.top
    value = _row(said, "value")
    if value is not None:
        theme.write(surface, "value estimate", (room.left, y + 12), 13, theme.MUTED, anchor="midleft")
        theme.write(surface, worth(float(value)), (room.right, y + 12), 18, theme.ACCENT, True, "midright")
        y += 36
    if (lead := _lead(said)) is not None:
        theme.write(surface, "expected lead", (room.left, y + 8), 13, theme.MUTED, anchor="midleft")
        theme.write(surface, f"{lead:+.1f}", (room.right, y + 8), 18, theme.ACCENT, True, "midright")
        y += 30
    ahead = _row(said, "line")
    if ahead is not None:
        names = " ".join(session.game.action_names[action] for action in ahead if action >= 0)
        theme.write(surface, names, (room.left, y + 10), 13, theme.TEXT, False, "midleft", room.width)
        y += 28
    thoughts = _thoughts(session, said)
    order = _order(thoughts)
    column = _column([session.game.action_names[action] for action in order])
    if thoughts.shares is not None:
        head = "policy" if thoughts.visits is None else "visits"
        theme.write(surface, head, (room.left + column, y + 8), 11, theme.MUTED, anchor="midleft")
    if thoughts.q is not None:
        theme.write(surface, "Q", (room.right, y + 8), 11, theme.MUTED, anchor="midright")
    y += 18
    for action in order:
        if y + _LINE > room.bottom:
            break
        line = pygame.Rect(room.left, y, room.width, _LINE)
        _draw_action(surface, line, session.game.action_names[action], column, action, thoughts, worth)
        if session.mode == PLAY and thoughts.shares is None:
            caps = "   ".join(cap(key) for key, of in session.game.keys_to_action.items() if of == action)
            theme.write(surface, caps, (line.left + column, line.centery), 13, theme.MUTED, anchor="midleft")
        if "legal" in session.insight.overlays:
            mark = theme.GREEN if thoughts.legal[action] else theme.RED
            pygame.draw.circle(surface, mark, (line.left + column - 10, line.centery), 4)
        y += _LINE
    return y + 14 - room.top


def _column(names: list[str]) -> int:
    """Return how wide the column of these names is, with room for the marks beside them."""
    widest = max((theme.font(13, True).size(name)[0] for name in names), default=0)
    return max(_NAMES[0], min(_NAMES[1], widest + 28))


def _row(said: tuple[Decision, int] | None, name: str) -> np.ndarray | None:
    """Return the seat's row of a field of the decision, or None where nothing is known."""
    decision, row = said if said else (None, 0)
    field = getattr(decision, name, None)
    return field[row] if field is not None and speaks(name, field[row]) else None


def _lead(said: tuple[Decision, int] | None) -> float | None:
    """Return by how many points the seat is expected to be ahead after its move, or None where nothing is known."""
    leads = _row(said, "lead")
    if leads is None or said is None:
        return None
    lead = float(leads[int(said[0].actions[said[1]])])
    return None if np.isnan(lead) else lead


def _thoughts(session: Session, said: tuple[Decision, int] | None) -> Thoughts:
    playback = session.playback
    actions = playback.action(playback.position)
    chosen = -1 if actions is None else int(actions[session.row])
    known = {name: _row(said, name) for name in ("policy", "q", "visits")}
    return Thoughts(session.legal, **known, chosen=chosen)


def _order(thoughts: Thoughts) -> list[int]:
    """Return the actions in their order; of very many those that count most, and none if nobody says which."""
    if len(thoughts.legal) <= _MOST:
        return list(range(len(thoughts.legal)))
    known = [weight for weight in (thoughts.shares, thoughts.q) if weight is not None]
    if not known:
        return []
    weight = np.nan_to_num(known[0], nan=-1e6)
    return np.argsort(-weight - 1e9 * (np.arange(len(weight)) == thoughts.chosen), kind="stable")[
        :_MOST
    ].tolist()


def _draw_action(
    surface: pygame.Surface,
    line: pygame.Rect,
    name: str,
    column: int,
    action: int,
    thoughts: Thoughts,
    worth: Callable[[float], str],
) -> None:
    y, taken = line.centery, action == thoughts.chosen
    ink = theme.TEXT if thoughts.legal[action] else theme.LINE
    if taken:
        pygame.draw.polygon(surface, theme.GOLD, [(line.left, y - 5), (line.left + 8, y), (line.left, y + 5)])
    theme.write(surface, name, (line.left + 14, y), 13, ink, taken, "midleft", column - 26)
    right = line.right
    if thoughts.q is not None:
        told = "" if np.isnan(thoughts.q[action]) else worth(float(thoughts.q[action]))
        theme.write(surface, told, (right, y), 13, theme.MUTED, anchor="midright")
        right -= _Q
    if thoughts.shares is not None:
        share = float(np.nan_to_num(thoughts.shares[action]))
        told = f"{share:.0%}" if thoughts.visits is None else str(thoughts.visits[action])
        theme.write(surface, told, (right, y), 13, ink, anchor="midright")
        left = line.left + column
        bar = pygame.Rect(left, y - 4, right - 52 - left, 8)
        theme.bar(surface, bar, share, theme.ACCENT if taken else theme.mixed(theme.CARD, theme.ACCENT, 0.6))
