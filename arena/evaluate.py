"""How good is one agent on one environment?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from agents.agent import Agent
from agents.random import RandomAgent
from arena.match import Played, play
from arena.schedule import Fixture, level_seeds
from arena.scores import EntrantScores, summary
from envs.bad_input import BadInput
from envs.generator import seeded
from envs.view import View

_AT_ONCE = 256
_LONGEST = 10_000  # plies, in a Gymnasium env without a time limit, where a poor policy may walk in circles


@dataclass(frozen=True)
class Evaluation:
    """returns: undiscounted, one an episode; of a game for two 1, 0 or -1, for won, drawn or lost. lengths: plies.

    ends: how often they ended for what reason.
    """

    env: str
    returns: np.ndarray
    lengths: np.ndarray
    ends: dict[str, int]

    @property
    def scores(self) -> EntrantScores:
        """Mean, median and interquartile mean with 95 % bootstrap intervals over the episodes."""
        return summary({"agent": self.returns}).entrants[0]


def evaluate(agent: Agent, episodes: int, seed: int = 0) -> Evaluation:
    """Play so many episodes as the agent plays in a tournament, on level seeds that follow from `seed`.

    Where two seats take turns it meets the random agent, in either seat half the time.
    """
    if episodes < 1:
        raise BadInput(f"episodes={episodes}: at least one is needed")
    seeds = level_seeds(seed, episodes)
    return _on_game(agent, seeds) if agent.task.game is not None else _on_gymnasium(agent, seeds)


def _on_game(agent: Agent, seeds: list[int]) -> Evaluation:
    game = agent.task.game
    assert game is not None
    if game.acting > 1 or game.seats > 2:
        raise BadInput(f"{game.spec}: has {game.seats} seats; `gamelab match` compares agents in it")
    players = {"agent": agent} if game.seats == 1 else {"agent": agent, "random": RandomAgent(game)}
    orders = [tuple(players), tuple(players)[::-1]]
    played = []
    for start in range(0, len(seeds), _AT_ONCE):
        few = enumerate(seeds[start : start + _AT_ONCE], start)
        played += play(game, [Fixture(i, seed, orders[i % 2]) for i, seed in few], players)
    return Evaluation(
        game.spec,
        np.array([_outcome(one) if game.seats == 2 else one.scores[0] / game.score_unit for one in played]),
        np.array([len(one.actions) for one in played]),
        dict(Counter(one.reason for one in played).most_common()),
    )


def _outcome(played: Played) -> int:
    """Return 1, 0 or -1: the agent won, drew or lost."""
    seat = played.fixture.seats.index("agent")
    if played.loser >= 0:
        return -1 if played.loser == seat else 1
    return int(np.sign(played.scores[seat] - played.scores[1 - seat]))


def _on_gymnasium(agent: Agent, seeds: list[int]) -> Evaluation:
    env = agent.task.vector(1)
    returns, lengths, ends = [], [], []
    for seed in seeds:
        observation, info = env.reset(seed=seed)
        rng, memory = seeded([seed]), np.zeros((1, agent.memory), np.float32)
        total, length, over = 0.0, 0, False
        while not over and length < _LONGEST:
            mask = info.get("action_mask", np.ones((1, agent.task.choices), np.int8))
            decision = agent.act(View(observation, np.asarray(mask, np.int8), rng, memory=memory))
            observation, rewards, terminated, truncated, info = env.step(decision.actions)
            total, length, over = total + float(rewards[0]), length + 1, bool(terminated[0] or truncated[0])
        returns.append(total)
        lengths.append(length)
        ends.append("terminated" if terminated[0] else "truncated" if over else "cut off")
    return Evaluation(
        agent.task.spec, np.array(returns), np.array(lengths), dict(Counter(ends).most_common())
    )


def told(ends: dict[str, int]) -> str:
    """Return the reasons and how often each ended an episode, in one line."""
    return ", ".join(f"{reason} {count}" for reason, count in ends.items())
