"""Which buttons does each action hold, and which action comes nearest to the buttons held?"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from envs.platformer.physics import FAST, HOP, LEFT, RIGHT

BUTTONS = ("left", "right", "jump", "run")  # in the order of their bits
SEVEN = {
    "stand": 0,
    "right": RIGHT,
    "right jump": RIGHT | HOP,
    "right run": RIGHT | FAST,
    "right run jump": RIGHT | FAST | HOP,
    "jump": HOP,
    "left": LEFT,
}
ALL = {
    " ".join(name for bit, name in enumerate(BUTTONS) if held >> bit & 1) or "stand": held
    for held in range(2 ** len(BUTTONS))
}


def nearest(buttons: Collection[str], actions: Sequence[int]) -> int:
    """Return the number of the action, each given as its bits, that does best for these buttons.

    It holds none that is not wanted, and keeps first the way, then jump, then run. Left and right at once are neither.
    """
    bits = sum(1 << bit for bit, name in enumerate(BUTTONS) if name in buttons)
    if bits & LEFT and bits & RIGHT:
        bits &= ~(LEFT | RIGHT)
    return max(range(len(actions)), key=lambda action: _likeness(bits, actions[action]))


def _likeness(wanted: int, held: int) -> int:
    if held & ~wanted:
        return -1
    return (
        4 * bool(held & wanted & (LEFT | RIGHT)) + 2 * bool(held & wanted & HOP) + bool(held & wanted & FAST)
    )
