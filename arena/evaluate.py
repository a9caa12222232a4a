"""How good is one agent on one environment?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.agent import Agent
from agents.random import RandomAgent
from arena.bootstrap import Estimate, Figure, figures, shares
from arena.episodes import play_episodes
from arena.match import Played, play
from arena.schedule import Fixture, level_seeds
from arena.scores import EntrantScores, summary
from envs.bad_input import BadInput
from envs.game import Game

_AT_ONCE = 256


@dataclass(frozen=True)
class Evaluation:
    """Arrays have one entry an episode, or, of agents trained from several seeds, are [runs, episodes].

    returns: undiscounted; where seats take turns 1, 0 or -1, for won, drawn or lost. lengths: plies. ends: how often
    they ended for what reason. succeeded: whether with one of the game's `successes`, or where seats take turns with a
    win; None where that is not told.
    """

    env: str
    returns: np.ndarray
    lengths: np.ndarray
    ends: dict[str, int]
    succeeded: np.ndarray | None = None

    @property
    def scores(self) -> EntrantScores:
        """Mean, median and interquartile mean with 95 % bootstrap intervals over the runs and episodes."""
        return summary({"agent": np.atleast_2d(self.returns)[None]}).entrants[0]

    @property
    def success(self) -> Estimate | None:
        """The share of episodes with success; of one run with Jeffreys' interval, which is nowhere certain."""
        return None if self.succeeded is None else _success(self.succeeded).estimate


def _success(succeeded: np.ndarray, levels: int = 0) -> Figure:
    return shares([np.atleast_2d(succeeded)[:, None].astype(float)], levels=levels)[0]


def together(runs: Sequence[Evaluation]) -> Evaluation:
    """Put side by side what agents that differ by the seed of their training did on the same level seeds."""
    told = [run.succeeded for run in runs if run.succeeded is not None]
    return Evaluation(
        runs[0].env,
        np.stack([run.returns for run in runs]),
        np.stack([run.lengths for run in runs]),
        dict(sum((Counter(run.ends) for run in runs), Counter()).most_common()),
        np.stack(told) if len(told) == len(runs) else None,
    )


def gap(here: Evaluation, there: Evaluation) -> dict[str, Estimate]:
    """Return how much more `mean`, `median`, `iqm` and, where told, `success` the same runs have here than there."""
    ours, theirs = (
        figures(np.atleast_2d(one.returns)[None].astype(float), levels=levels)
        for levels, one in enumerate((here, there))
    )
    found = {name: ours[name] - theirs[name] for name in ours}
    if here.succeeded is not None and there.succeeded is not None:
        found["success"] = _success(here.succeeded) - _success(there.succeeded, levels=1)
    return {name: figure.estimate for name, figure in found.items()}


def evaluate(agent: Agent, episodes: int, seed: int = 0) -> Evaluation:
    """Play so many episodes as the agent plays in a tournament, on level seeds that follow from `seed`.

    Of several seats it has each equally often, and the random agent the others.
    """
    if episodes < 1:
        raise BadInput(f"episodes={episodes}: at least one is needed")
    seeds = level_seeds(seed, episodes)
    return (
        _on_game(agent, agent.task.game, seeds)
        if agent.task.game is not None
        else _on_gymnasium(agent, seeds)
    )


def _on_game(agent: Agent, game: Game, seeds: list[int]) -> Evaluation:
    players = {"agent": agent} if game.seats == 1 else {"agent": agent, "random": RandomAgent(game)}
    others = ["random"] * (game.seats - 1)
    orders = [(*others[:seat], "agent", *others[seat:]) for seat in range(game.seats)]
    played = []
    for start in range(0, len(seeds), _AT_ONCE):
        few = enumerate(seeds[start : start + _AT_ONCE], start)
        played += play(game, [Fixture(i, seed, orders[i % game.seats]) for i, seed in few], players)
    takes_turns, alone = game.acting < game.seats, game.seats == 1
    returns = np.array([_outcome(one) if takes_turns else _score(one) / game.score_unit for one in played])
    succeeded = returns > 0 if takes_turns else np.array([one.reason in game.successes for one in played])
    return Evaluation(
        game.spec,
        returns,
        np.array([len(one.actions) for one in played]),
        dict(Counter(one.reason for one in played).most_common()),
        succeeded if takes_turns or (alone and game.successes) else None,  # a race may be another's success
    )


def _score(played: Played) -> int:
    return played.scores[played.fixture.seats.index("agent")]


def _outcome(played: Played) -> int:
    """Return 1, 0 or -1: the agent won, drew or lost."""
    seat = played.fixture.seats.index("agent")
    if played.loser >= 0:
        return -1 if played.loser == seat else 1
    return int(np.sign(played.scores[seat] - played.scores[1 - seat]))


def _on_gymnasium(agent: Agent, seeds: list[int]) -> Evaluation:
    played = play_episodes(agent, seeds)
    told = [one.succeeded for one in played if one.succeeded is not None]
    return Evaluation(
        agent.task.spec,
        np.array([one.total for one in played]),
        np.array([one.plies for one in played]),
        dict(Counter(one.end for one in played).most_common()),
        np.array(told) if len(told) == len(played) else None,
    )


def told(ends: dict[str, int]) -> str:
    """Return the reasons and how often each ended an episode, in one line."""
    return ", ".join(f"{reason} {count}" for reason, count in ends.items())
