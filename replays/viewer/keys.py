"""Which key does what? The window obeys this table and the help screen shows it."""

from __future__ import annotations

from typing import NamedTuple

import pygame


class Binding(NamedTuple):
    """One row of the table.

    does: the name of a method of `Commands`; nothing for what the mouse does, which is only shown.
    keys: as printed on them; a sign such as ? is looked for in what was typed, wherever the keyboard has it.
    shift: what it does together with Shift, where that is another thing.
    repeats: does it again and again while the key is held down.
    """

    does: str
    keys: tuple[str, ...]
    help: str
    shift: str = ""
    repeats: bool = False


TABLE: dict[str, tuple[Binding, ...]] = {
    "Watch": (
        Binding("pause", ("space", "p"), "pause, go on"),
        Binding("forward", ("right",), "one step forward", "ten", repeats=True),
        Binding("back", ("left",), "one step back", "ten", repeats=True),
        Binding("", ("wheel",), "one step back or forward", "ten"),
        Binding("home", ("home",), "first frame"),
        Binding("end", ("end",), "last frame"),
        Binding("", ("timeline",), "click or drag to any frame"),
        Binding("event", ("n",), "next event", "the one before"),
        Binding("faster", ("page up", "+"), "faster", repeats=True),
        Binding("slower", ("page down", "-"), "slower", repeats=True),
    ),
    "See what the agent thinks": (
        Binding("policy", ("1",), "policy"),
        Binding("value", ("2",), "value"),
        Binding("visits", ("3",), "visits, of places or of moves"),
        Binding("legal", ("4",), "legal moves"),
        Binding("network", ("5",), "network input"),
        Binding("q", ("6",), "Q, what each move is worth"),
        Binding("hitboxes", ("7",), "hitboxes"),
        Binding("window", ("8",), "window, as far as the agent sees"),
        Binding("owner", ("9",), "ownership, whose each point will be"),
    ),
    "Play": (
        Binding("", ("click",), "play there, on a board; else pause, go on"),
        Binding("mode", ("tab",), "play / analyse"),
        Binding("take_over", ("h",), "take over a seat, or hand it back"),
        Binding("agent_move", ("return",), "let the agent make one move"),
        Binding("new_episode", ("backspace",), "new episode", "same seed"),
        Binding("reload", ("r",), "read the level's file again"),
    ),
    "Keep": (
        Binding("save_replay", ("s",), "save the replay; while playing Ctrl+S"),
        Binding("save_png", ("f12",), "save the board as PNG", "window"),
        Binding("save_gif", ("g",), "save the episode as GIF"),
        Binding("help", ("?", "f1"), "this help"),
        Binding("quit", ("escape",), "quit; the close button too"),
    ),
}
_BINDINGS = [binding for rows in TABLE.values() for binding in rows if binding.does]
_SIGNS = {
    key: binding for binding in _BINDINGS for key in binding.keys if len(key) == 1 and not key.isalpha()
}
_NAMES = {key: binding for binding in _BINDINGS for key in binding.keys if key not in _SIGNS}
_CAPS = {"return": "Enter", "escape": "Esc", "left": "←", "right": "→", "up": "↑", "down": "↓"}
_CAPS |= {"left shift": "Shift", "right shift": "Shift"}
_SAME = {
    pygame.K_KP_ENTER: "return",
    pygame.K_KP_PLUS: "+",
    pygame.K_KP_MINUS: "-",
    pygame.K_EQUALS: "+",  # the plus of an American keyboard, without Shift
}


def binding_of(key: int, typed: str) -> Binding | None:
    """Return what a pressed key is bound to, by the sign it typed or else by its name."""
    name = _SAME.get(key) or pygame.key.name(key)
    return _SIGNS.get(typed) or _SIGNS.get(name) or _NAMES.get(name)


def cap(key: str) -> str:
    """Return a key as the help screen shows it."""
    return _CAPS.get(key) or (key.title() if len(key) > 1 else key.upper())


def key_of(does: str) -> str:
    """Return the first key that does this, as printed on it."""
    return next(cap(binding.keys[0]) for binding in _BINDINGS if binding.does == does)
