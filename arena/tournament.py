"""How is a tournament played to its end, however often it is interrupted?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from msgspec import structs
from tqdm import tqdm

from agents.catalog import class_of
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

_REPLAYS, _SGF = "replays", "sgf"


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
    game = build(plan.game, plan.kwargs)
    for entrant in plan.entrants:
        check_unchanged(entrant, game)
    fixtures = planned(plan, game)
    played = ledger.ids()
    units = _missing(_units(fixtures, _at_once(plan)), plan, played)
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


def _at_once(plan: Plan) -> dict[str, int]:
    """Return how many games at once each entrant gains from."""
    return {entrant.name: class_of(entrant.spec).side_by_side for entrant in plan.entrants}


def _units(fixtures: Sequence[Fixture], at_once: Mapping[str, int]) -> list[Unit]:
    """Group games of the same entrants, as many as all of them gain from, and never less than a pair.

    Whoever thinks about one game at a time thinks long: then small units share the work out, and a kill loses little.
    """
    groups: dict[tuple[str, ...], list[Fixture]] = {}
    for fixture in fixtures:
        groups.setdefault(tuple(sorted(fixture.seats)), []).append(fixture)
    return [unit for names, group in groups.items() for unit in _parts(group, names, at_once)]


def _parts(group: Sequence[Fixture], names: Sequence[str], at_once: Mapping[str, int]) -> list[Unit]:
    pairs = max(1, min(at_once[name] for name in names) // len(names))
    size = pairs * len(names)
    return [tuple(group[i : i + size]) for i in range(0, len(group), size)]


def _missing(units: Sequence[Unit], plan: Plan, played: set[str]) -> list[Unit]:
    """Return the units that lack a game, whole: a network may round otherwise in a batch of another size."""
    return [unit for unit in units if not played.issuperset(map(plan.game_id, unit))]


def _keep(ledger: Ledger, game: Game, played: Played) -> None:
    """Write the replay, and the SGF where the game has one, then the row: a row in the ledger always has its files."""
    from replays.replay import write_replay
    from replays.sgf.writing import has_sgf, save_sgf

    fixture = played.fixture
    identity = ledger.plan.game_id(fixture)
    path = ledger.path.parent / _REPLAYS / f"{identity}.replay"
    path.parent.mkdir(exist_ok=True)
    replay = replay_of(game, played, ledger.plan)
    write_replay(path, replay)
    if has_sgf(game):
        sgf = ledger.path.parent / _SGF / f"{identity}.sgf"
        sgf.parent.mkdir(exist_ok=True)
        save_sgf(replay, sgf)
    ledger.add(
        GameRow(
            id=identity,
            pair=fixture.pair,
            seed=fixture.seed,
            seats=fixture.seats,
            scores=tuple(played.scores),
            reason=played.reason,
            forfeit=played.forfeit,
            resigned=played.resigned,
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
    replay = record(game, played.fixture.seed, seats, actions, thoughts)
    return structs.replace(replay, loser=played.loser, ending=played.reason if played.loser >= 0 else "")
