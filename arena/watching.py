"""How does the arena put a game, its agents and the viewer together?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from agents.agent import Agent
from agents.catalog import is_folder, make_agent
from agents.saved import digest
from arena.match import agent_seeds, play
from arena.schedule import Fixture
from envs.game import Game
from envs.generator import seeded
from envs.view import Decision, View
from replays.live import Live
from replays.replay import Seat

Opinion = Callable[[np.recarray, int], Decision | None]


def live(game: Game, specs: Sequence[str | None], seed: int) -> tuple[Live, list[Agent | None]]:
    """Set up a game to be watched or played: one spec a seat, None for a person. Also returns the agents."""
    agents = [None if spec is None else make_agent(spec, game) for spec in specs]
    names = ["you" if spec is None else Path(spec).name if is_folder(spec) else spec for spec in specs]
    seats = [
        Seat(name, spec or "", digest(Path(spec)) if spec and is_folder(spec) else "")
        for name, spec in zip(names, specs, strict=True)
    ]
    first = game.new_states([seed])
    game.step(first, np.zeros((1, game.acting), np.int64))  # compiled now, not while the window stands still
    players = [None if agent is None else agent.act for agent in agents]
    return Live(game, seed, players, seats, agent_seeds(Fixture(0, seed, tuple(names)))), agents


def opinion(agents: Sequence[Agent | None], game: Game) -> Opinion:
    """Return what the agent of a seat thinks of any positions, for the overlays; None for a person."""

    def think(states: np.recarray, seat: int) -> Decision | None:
        agent = agents[seat]
        if agent is None:
            return None
        observation, mask = game.observe(states)
        row = seat if game.acting > 1 else 0
        rng = seeded(range(len(states)))
        return agent.act(View(observation[:, row], mask[:, row], rng, None if game.hides else states))

    return think


def record_episode(game: Game, specs: Sequence[str], seed: int, path: Path) -> None:
    """Play one episode without a window and keep it as a picture or a replay, by the suffix of the path."""
    from arena.tournament import replay_of
    from replays.export import export
    from replays.file import SUFFIX
    from replays.replay import write_replay

    agents = {spec: make_agent(spec, game) for spec in specs}
    played = play(game, [Fixture(0, seed, tuple(specs))], agents)[0]
    replay = replay_of(game, played)
    if path.suffix == SUFFIX:
        write_replay(path, replay)
    else:
        export(replay, path)
