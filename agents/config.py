"""How is an agent configured, and how is a wrong setting told?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from envs.bad_input import BadInput, suggest


@dataclass(frozen=True)
class NoSettings:
    """For agents with nothing to set."""


def configure(name: str, config: type, settings: Mapping[str, Any]) -> Any:
    """Build the dataclass from settings; an unknown key, a wrong type or value raises BadInput naming it.

    A whole number will do where a float is wanted, and becomes one.
    """
    settings = dict(settings)
    known = {field.name: field for field in fields(config)}
    for key, value in settings.items():
        if key not in known:
            raise BadInput(f"{name}: unknown setting {key!r}.{suggest(key, known)}")
        if not _fits(value, known[key].default):
            raise BadInput(f"{name}: {key}={value!r} is not of type {type(known[key].default).__name__}")
        if isinstance(known[key].default, float):
            settings[key] = float(value)
    try:
        return config(**settings)
    except BadInput as error:
        raise BadInput(f"{name}: {error}") from None


def _fits(value: Any, default: Any) -> bool:
    if isinstance(default, float):
        return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300
    return type(value) is type(default)


def check_range(key: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise BadInput(f"{key}={value} is not between {low} and {high}")


def check_choice(key: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise BadInput(f"{key}={value!r} is not one of {', '.join(choices)}.{suggest(value, choices)}")
