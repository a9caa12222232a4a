"""How is a tournament written as a file?

env: gridworld:level=apple_world
agents: [random, value_iteration, runs/apples]
pairs: 20
seed: 1
workers: 2
out: runs/cup
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml
from msgspec import Meta

from envs.bad_input import BadInput, suggest
from envs.file import read_text

_MAX_BYTES = 1 << 18


class Cup(msgspec.Struct, forbid_unknown_fields=True):
    """What a tournament is asked to be."""

    env: str
    agents: Annotated[list[str], Meta(min_length=2, max_length=1000)]
    pairs: Annotated[int, Meta(ge=1, le=1_000_000)] = 10
    seed: Annotated[int, Meta(ge=0, le=2**62)] = 0
    workers: Annotated[int, Meta(ge=1, le=256)] = 1
    out: str | None = None


def read_cup(path: Path | None, given: dict[str, Any]) -> Cup:
    """Read the file, let what was given on the command line count before it, and check the whole."""
    source = "tournament" if path is None else str(path)
    settings = {**({} if path is None else _read(path)), **given}
    for key in settings:
        if key not in Cup.__struct_fields__:
            raise BadInput(f"{source}: unknown key {key[:80]!r}.{suggest(key[:80], Cup.__struct_fields__)}")
    for key in ("env", "agents"):
        if key not in settings:
            raise BadInput(f"{source}: {key!r} is missing" + ("" if path else f"; give --{key}"))
    try:
        return msgspec.convert(settings, Cup, strict=False)
    except msgspec.ValidationError as error:
        fault, _, place = str(error).partition(" - at `$.")
        raise BadInput(f"{source}: {place.rstrip('`')}: {fault}") from error


def _read(path: Path) -> dict[str, Any]:
    """Read the values as text, lists and mappings; what they mean is for `Cup` to say, not for YAML."""
    text = read_text(path, _MAX_BYTES)
    try:
        settings = yaml.load(text, yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        at = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise BadInput(f"{path}{at}: {getattr(error, 'problem', None) or 'not YAML'}") from error
    if not isinstance(settings, dict):
        raise BadInput(f"{path}: a tournament is written as `key: value` lines")
    return settings
