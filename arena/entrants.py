"""Who takes part, and is it still the same agent as when the tournament began?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from os.path import isdir
from pathlib import Path

from agents.catalog import digest_of, is_folder, make_agent
from envs.bad_input import BadInput
from envs.game import Game

_NAME = re.compile(r"[^:/\\=]{1,60}")


@dataclass(frozen=True)
class Entrant:
    """A contestant. name: short, unique in its tournament. spec: how to make it. digest: of what it is."""

    name: str
    spec: str
    digest: str


def enter(entries: Sequence[str], game: Game) -> list[Entrant]:
    """Name and check the entrants; each is made once, so that one that cannot play is refused before play.

    An entry is a spec, or `NAME=SPEC`, as in `gnugo=gtp:gnugo --mode gtp`, where the spec is too long for a table.
    """
    given, specs = zip(*map(_split, entries), strict=True) if entries else ((), ())
    for spec in specs:
        if specs.count(spec) > 1:
            raise BadInput(f"{spec!r} is entered twice; an entrant meets the others, not itself")
        with closing(make_agent(spec, game)) as agent:
            agent.ready()
    short = [
        name or (Path(spec).name if is_folder(spec) else spec)
        for name, spec in zip(given, specs, strict=True)
    ]
    for name in filter(None, given):
        if short.count(name) > 1:
            raise BadInput(f"{name!r} names two entrants")
    names = [spec if short.count(name) > 1 else name for spec, name in zip(specs, short, strict=True)]
    return [Entrant(name, spec, digest_of(spec, game)) for name, spec in zip(names, specs, strict=True)]


def _split(entry: str) -> tuple[str, str]:
    """Return the name that is given, or nothing, and the spec."""
    name, equals, spec = entry.partition("=")
    if not equals or isdir(entry) or not _NAME.fullmatch(name) or not name.isprintable():
        return "", entry
    return name, spec


def check_unchanged(entrant: Entrant, game: Game) -> None:
    """Raise BadInput where the saved agent is another one than when the tournament began."""
    if digest_of(entrant.spec, game) != entrant.digest:
        raise BadInput(f"{entrant.spec}: has changed since the tournament began; start a new one")
