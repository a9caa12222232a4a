"""What does the agent think of the position shown? Its value, and a line for each action."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pygame

from envs.view import Decision
from replays.viewer import theme
from replays.viewer.keys import cap
from replays.viewer.session import PLAY, Session

_LINE, _NAME, _Q = 26, 86, 58  # height of a line; widths of the columns of names and of Q
_MOST = 8  # actions shown


class Thoughts(NamedTuple):
    """What is known of each action, arrays [actions]: whether it is legal, how likely, worth what."""

    legal: np.ndarray
    policy: np.ndarray | None
    q: np.ndarray | None
    chosen: int  # or -1


def draw_thoughts(surface: pygame.Surface, room: pygame.Rect, session: Session) -> int:
    """Draw as much as has room, and return the height used; nothing once the game is over."""
    if session.playback.state.status:
        return 0
    said = session.decision()
    y = room.top
    value = _row(said, "value")
    if value is not None:
        theme.write(surface, "value estimate", (room.left, y + 12), 13, theme.MUTED, anchor="midleft")
        theme.write(surface, f"{value:+.4g}", (room.right, y + 12), 18, theme.ACCENT, True, "midright")
        y += 36
    thoughts = _thoughts(session, said)
    if thoughts.policy is not None:
        theme.write(surface, "policy", (room.left + _NAME, y + 8), 11, theme.MUTED, anchor="midleft")
    if thoughts.q is not None:
        theme.write(surface, "Q", (room.right, y + 8), 11, theme.MUTED, anchor="midright")
    y += 18
    for action in _order(thoughts):
        if y + _LINE > room.bottom:
            break
        line = pygame.Rect(room.left, y, room.width, _LINE)
        _draw_action(surface, line, session.game.action_names[action], action, thoughts)
        if session.mode == PLAY and thoughts.policy is None:
            caps = "   ".join(cap(key) for key, of in session.game.keys_to_action.items() if of == action)
            theme.write(surface, caps, (line.left + _NAME, line.centery), 13, theme.MUTED, anchor="midleft")
        if "legal" in session.overlays:
            mark = theme.GREEN if thoughts.legal[action] else theme.RED
            pygame.draw.circle(surface, mark, (line.left + _NAME - 10, line.centery), 4)
        y += _LINE
    return y + 14 - room.top


def _row(said: tuple[Decision, int] | None, name: str) -> np.ndarray | None:
    """Return the seat's row of a field of the decision, or None where nothing is known."""
    decision, row = said if said else (None, 0)
    field = getattr(decision, name, None)
    return None if field is None or np.isnan(field[row]).any() else field[row]


def _thoughts(session: Session, said: tuple[Decision, int] | None) -> Thoughts:
    playback = session.playback
    actions = playback.action(playback.position)
    chosen = -1 if actions is None else int(actions[session.row])
    return Thoughts(session.legal, _row(said, "policy"), _row(said, "q"), chosen)


def _order(thoughts: Thoughts) -> list[int]:
    """Return the actions in their order, or of very many those that count most."""
    if len(thoughts.legal) <= _MOST:
        return list(range(len(thoughts.legal)))
    weights = (thoughts.policy, thoughts.q, thoughts.legal)
    weight = next(np.asarray(one, float) for one in weights if one is not None)
    return np.argsort(-weight - 1e9 * (np.arange(len(weight)) == thoughts.chosen), kind="stable")[
        :_MOST
    ].tolist()


def _draw_action(
    surface: pygame.Surface, line: pygame.Rect, name: str, action: int, thoughts: Thoughts
) -> None:
    y, taken = line.centery, action == thoughts.chosen
    ink = theme.TEXT if thoughts.legal[action] else theme.LINE
    if taken:
        pygame.draw.polygon(surface, theme.GOLD, [(line.left, y - 5), (line.left + 8, y), (line.left, y + 5)])
    theme.write(surface, name, (line.left + 14, y), 13, ink, taken, "midleft", _NAME - 26)
    right = line.right
    if thoughts.q is not None:
        theme.write(surface, f"{thoughts.q[action]:.3g}", (right, y), 13, theme.MUTED, anchor="midright")
        right -= _Q
    if thoughts.policy is not None:
        share = float(thoughts.policy[action])
        theme.write(surface, f"{share:.0%}", (right, y), 13, ink, anchor="midright")
        left = line.left + _NAME
        bar = pygame.Rect(left, y - 4, right - 52 - left, 8)
        theme.bar(surface, bar, share, theme.ACCENT if taken else theme.mixed(theme.CARD, theme.ACCENT, 0.6))
