"""Who takes part, and is it still the same agent as when the tournament began?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from agents.catalog import is_folder, make_agent
from agents.saved import digest
from envs.bad_input import BadInput
from envs.game import Game


@dataclass(frozen=True)
class Entrant:
    """A contestant. name: short, unique in its tournament. spec: how to make it. digest: of what it is."""

    name: str
    spec: str
    digest: str


def enter(specs: Sequence[str], game: Game) -> list[Entrant]:
    """Name and check the entrants; each is made once, so that an unsuitable one is refused before play."""
    if len(set(specs)) < len(specs):
        twice = next(spec for spec in specs if list(specs).count(spec) > 1)
        raise BadInput(f"{twice!r} is entered twice; an entrant meets the others, not itself")
    for spec in specs:
        make_agent(spec, game)
    short = [Path(spec).name if is_folder(spec) else spec for spec in specs]
    names = [spec if short.count(name) > 1 else name for spec, name in zip(specs, short, strict=True)]
    return [Entrant(name, spec, _digest(spec)) for name, spec in zip(names, specs, strict=True)]


def check_unchanged(entrant: Entrant) -> None:
    """Raise BadInput where the saved agent is another one than when the tournament began."""
    if _digest(entrant.spec) != entrant.digest:
        raise BadInput(f"{entrant.spec}: has changed since the tournament began; start a new one")


def _digest(spec: str) -> str:
    return digest(Path(spec)) if is_folder(spec) else blake2b(spec.encode(), digest_size=8).hexdigest()
