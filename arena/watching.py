"""How does the arena put a game, its agents and the viewer together?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import structs

from agents.agent import Agent
from agents.catalog import digest_of, is_folder, is_zip, make_agent
from arena.match import agent_seeds, play
from arena.schedule import Fixture
from envs.bad_input import BadInput
from envs.catalog import build
from envs.game import Game
from envs.generator import seeded
from envs.spec import parse_spec
from envs.view import Decision, View
from replays.live import Live
from replays.playback import Playback
from replays.replay import Seat

Opinion = Callable[[np.recarray, int], Decision | None]


@contextmanager
def live(
    game: Game, specs: Sequence[str | None], seed: int, *, trust: bool = False
) -> Iterator[tuple[Live, list[Agent | None]]]:
    """Set up a game to be watched or played: one spec a seat, None for a person. Also gives the agents.

    Raises BadInput where an agent cannot play.
    """
    with ExitStack() as open_agents:
        agents = [
            None if spec is None else open_agents.enter_context(ready(spec, game, trust=trust))
            for spec in specs
        ]
        names = ["you" if spec is None else Path(spec).name if is_folder(spec) else spec for spec in specs]
        seats = [
            Seat(name, spec or "", digest_of(spec, game) if spec and not is_zip(spec) else "")
            for name, spec in zip(names, specs, strict=True)
        ]
        first = game.new_states([seed])
        game.step(
            first, np.zeros((1, game.acting), np.int64)
        )  # compiled now, not while the window stands still
        players = [None if agent is None else agent.act for agent in agents]
        memories = [0 if agent is None else agent.memory for agent in agents]
        own_seeds = agent_seeds(Fixture(0, seed, tuple(names)))
        yield Live(game, seed, players, seats, own_seeds, memories), agents


@contextmanager
def ready(spec: str, game: Game, *, trust: bool = False) -> Iterator[Agent]:
    """Give an agent that can begin to play, and close it in the end. Raises BadInput."""
    with closing(make_agent(spec, game, trust=trust)) as agent:
        agent.ready()
        yield agent


def renewing(spec: str, session: Live, agents: list[Agent | None]) -> Callable[[], None]:
    """Return what seats the agent in the folder anew, here and in `agents`, if it was saved again meanwhile.

    One that cannot be opened, as while it is being written, changes nothing.
    """
    seen = digest_of(spec, session.game)

    def renew() -> None:
        nonlocal seen
        with suppress(BadInput):
            newest = digest_of(spec, session.game)
            if newest == seen:
                return
            agents[:] = [make_agent(spec, session.game) for _ in agents]
            session.players = tuple(agent.act for agent in agents if agent is not None)
            session.seats = tuple(structs.replace(seat, digest=newest) for seat in session.seats)
            seen = newest

    return renew


def opinion(agents: Sequence[Agent | None], plays: Live | Playback) -> Opinion:
    """Return what the agent of a seat thinks of any positions, for the overlays; for a person's, what another does.

    plays: the positions are of its game, whichever it then has: a level that is read again makes another.
    """

    def think(states: np.recarray, seat: int) -> Decision | None:
        agent = agents[seat] or next(filter(None, agents), None)
        if agent is None:
            return None
        game = plays.game
        observation, mask = game.observe(states)
        row = seat if game.acting > 1 else 0
        rng, shown = seeded(range(len(states))), None if game.hides else states
        return agent.act(View(observation[:, row], mask[:, row], rng, shown, seat=np.full(len(states), seat)))

    return think


def reloading(spec: str, kwargs: dict[str, Any]) -> Callable[[], Game] | None:
    """Return what reads the file of a spec's level again and builds the game; None where its level is from no file."""
    name, given = parse_spec(spec)
    if "\n" in str(given.get("level", "\n")) or "\n" not in str(kwargs.get("level", "")):
        return None
    settings = kwargs | {"level": given["level"]}
    return lambda: build(name, settings)


def record_episode(game: Game, specs: Sequence[str], seed: int, path: Path, *, trust: bool = False) -> None:
    """Play one episode without a window and keep it as a picture or a replay, by the suffix of the path.

    Raises BadInput where an agent breaks down before the first ply, among others.
    """
    from arena.tournament import replay_of
    from replays.export import export
    from replays.file import SUFFIX
    from replays.replay import write_replay

    with ExitStack() as open_agents:
        agents = {
            spec: open_agents.enter_context(ready(spec, game, trust=trust)) for spec in dict.fromkeys(specs)
        }
        played = play(game, [Fixture(0, seed, tuple(specs))], agents)[0]
    if played.forfeit >= 0 and not played.actions:
        raise BadInput(played.reason.removeprefix("forfeit: "))
    replay = replay_of(game, played)
    if path.suffix == SUFFIX:
        write_replay(path, replay)
    else:
        export(replay, path)
