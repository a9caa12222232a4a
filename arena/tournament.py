"""How is a tournament played to its end, however often it is interrupted?"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from arena.entrants import check_unchanged, enter
from arena.executor import Unit, Work, pool, serial
from arena.ledger import GameRow, Ledger, Plan
from arena.match import Played
from arena.schedule import Fixture, round_robin
from envs.bad_input import BadInput
from envs.catalog import build, game_class, make_game

if TYPE_CHECKING:
    from envs.game import Game
    from replays.replay import Replay

_REPLAYS = "replays"
_GAMES_A_UNIT = 16


def begin(folder: Path, env: str, agents: Sequence[str], pairs: int, seed: int) -> Ledger:
    """Check everything, then write the plan into a new folder; nothing where something is wrong."""
    game = make_game(env)
    entrants = enter(agents, game)
    round_robin([entrant.name for entrant in entrants], pairs, seed, game.seats)
    plan = Plan(game.name, game.rules_version, game.kwargs, tuple(entrants), pairs, seed)
    _make(folder)
    return Ledger(folder, plan)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / "ledger.sqlite").exists():
            raise BadInput(
                f"{folder}: holds a tournament already; go on with --resume, or name another folder"
            )
        if any(folder.iterdir()):
            raise BadInput(f"{folder}: is not empty; name a new folder")
    except OSError as error:
        raise BadInput(f"{folder}: cannot be written: {error.strerror}") from error


def run(ledger: Ledger, workers: int = 1, progress: bool = False) -> None:
    """Play what the plan has and the ledger has not: the same games, however often it was interrupted."""
    plan = ledger.plan
    if plan.rules_version != game_class(plan.game).rules_version:
        raise BadInput(f"{ledger.path}: begun with other rules of {plan.game}; start a new tournament")
    for entrant in plan.entrants:
        check_unchanged(entrant)
    game = build(plan.game, plan.kwargs)
    fixtures = planned(plan, game)
    played = ledger.ids()
    units = _missing(_units(fixtures), plan, played)
    done = len(fixtures) - sum(map(len, units))
    work = Work(plan.game, plan.kwargs, plan.entrants)
    results = pool(work, units, workers) if workers > 1 and len(units) > 1 else serial(work, units)
    bar = tqdm(total=len(fixtures), initial=done, unit=" games", disable=None if progress else True)
    with bar, closing(results):
        for games in results:
            for one in games:
                if plan.game_id(one.fixture) not in played:
                    _keep(ledger, game, one)
            bar.update(len(games))


def planned(plan: Plan, game: Game) -> list[Fixture]:
    """Return all games of the plan, in order."""
    names = [entrant.name for entrant in plan.entrants]
    return [
        fixture for pair in round_robin(names, plan.pairs, plan.seed, game.seats) for fixture in pair.fixtures
    ]


def _units(fixtures: Sequence[Fixture]) -> list[Unit]:
    """Group games of the same entrants, so that each is asked about many games at once."""
    groups: dict[tuple[str, ...], list[Fixture]] = {}
    for fixture in fixtures:
        groups.setdefault(tuple(sorted(fixture.seats)), []).append(fixture)
    size = _GAMES_A_UNIT
    return [tuple(group[i : i + size]) for group in groups.values() for i in range(0, len(group), size)]


def _missing(units: Sequence[Unit], plan: Plan, played: set[str]) -> list[Unit]:
    """Return the units that lack a game, whole: a network may round otherwise in a batch of another size."""
    return [unit for unit in units if not played.issuperset(map(plan.game_id, unit))]


def _keep(ledger: Ledger, game: Game, played: Played) -> None:
    """Write the replay, then the row: a row in the ledger always has its replay."""
    from replays.replay import write_replay

    fixture = played.fixture
    identity = ledger.plan.game_id(fixture)
    path = ledger.path.parent / _REPLAYS / f"{identity}.replay"
    path.parent.mkdir(exist_ok=True)
    write_replay(path, replay_of(game, played, ledger.plan))
    ledger.add(
        GameRow(
            id=identity,
            pair=fixture.pair,
            seed=fixture.seed,
            seats=fixture.seats,
            scores=tuple(played.scores),
            reason=played.reason,
            forfeit=played.forfeit,
            plies=len(played.actions),
            moves=blake2b(repr(played.actions).encode(), digest_size=8).hexdigest(),
            replay=f"{_REPLAYS}/{path.name}",
        )
    )


def replay_of(game: Game, played: Played, plan: Plan | None = None) -> Replay:
    """Return the replay of a game, with what the agents thought."""
    from replays.replay import Annotations, Seat, record

    known = {entrant.name: entrant for entrant in plan.entrants} if plan else {}
    seats = [
        Seat(name, known[name].spec, known[name].digest) if name in known else Seat(name)
        for name in played.fixture.seats
    ]
    actions = np.array(played.actions, np.int64).reshape(-1, game.acting)
    thoughts = Annotations.of(played.decisions, int(game.action_space.n))
    return record(game, played.fixture.seed, seats, actions, thoughts)
