"""How are games and agents spelled? `name:key=value,key=value`."""

from __future__ import annotations

from typing import Any

from envs.bad_input import BadInput


def parse_spec(spec: str) -> tuple[str, dict[str, Any]]:
    """Split `gridworld:level=cliff,slip=0.1` into `("gridworld", {"level": "cliff", "slip": 0.1})`.

    Whole numbers, decimals, true and false are converted; everything else stays text.
    """
    name, _, settings = spec.partition(":")
    kwargs: dict[str, Any] = {}
    for setting in filter(None, settings.split(",")):
        key, equals, value = setting.partition("=")
        if not equals or not key:
            raise BadInput(f"{spec!r}: {setting!r} is not of the form key=value")
        if key in kwargs:
            raise BadInput(f"{spec!r}: {key!r} is given twice")
        kwargs[key] = parse_value(value)
    return name, kwargs


def format_spec(name: str, kwargs: dict[str, Any]) -> str:
    """Write a spec that `parse_spec` reads back.

    Of a value of several lines (a level's own text) it only says `key=<text>`: such a game is built from its
    kwargs.
    """
    settings = ",".join(f"{key}={_text(value)}" for key, value in kwargs.items())
    return f"{name}:{settings}" if settings else name


def parse_value(text: str) -> bool | int | float | str:
    if text in ("true", "false"):
        return text == "true"
    for convert in (int, float):
        try:
            return convert(text)
        except ValueError:
            continue
    return text


def _text(value: Any) -> str:
    if "\n" in str(value):
        return "<text>"
    return str(value).lower() if isinstance(value, bool) else str(value)
