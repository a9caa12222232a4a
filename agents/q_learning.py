"""How does an agent learn the value of each action in each state, one table entry at a time?

Q-learning, SARSA and Expected SARSA (Sutton & Barton 2018, sections 6.4 to 6.6), with n steps (chapter 7) and
double tables (van Hasselt 2010) as choices. For any environment with discrete observations and actions; many
games share one table and are updated in one compiled call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from gymnasium import spaces

from agents.agent import Learner
from agents.config import check_choice, check_range
from agents.progress import Progress, Told
from agents.q_updates import TARGETS, Rule, advance, begin, new_games
from agents.saved import Card, check_array
from agents.task import Env, Task
from envs.bad_input import BadInput
from envs.generator import pick_any
from envs.view import Decision, View

MAX_ENTRIES = 50_000_000


class QLearning(Learner):
    """A table Q[state, action], moved towards what followed: Q(s,a) += alpha (target - Q(s,a)).

    With `target="q_learning"` the target is r + gamma max Q(s',.); with `sarsa` r + gamma Q(s',a') for the
    action taken next; with `expected_sarsa` the mean over what may be taken next. Truncation is not
    termination: the target looks past it. `learn` explores epsilon-greedily; `act` and `predict` play
    greedily, ties drawn. Of states never learnt from it has no opinion: value and q are NaN there.
    """

    name = "q_learning"
    about = "learns a table of action values; Q-learning, SARSA or Expected SARSA"

    @dataclass(frozen=True)
    class Config:
        """
        target: q_learning, sarsa or expected_sarsa.
        gamma: discount, 0 to 1.
        learning_rate: alpha at the first visit of a state and action.
        learning_rate_power: alpha = learning_rate / visits**power, 0 for a constant one. Between 0.5 and 1
            the table settles where outcomes are random (Even-Dar & Mansour 2003).
        learning_rate_final: alpha falls no lower.
        exploration_initial_eps, exploration_final_eps: epsilon at the start, and from the end of
        exploration_fraction: the share of training over which epsilon falls in a straight line.
        initial_q: what the table starts with; high means optimistic, which explores.
        double: two tables, each choosing for the other, against the bias of taking the maximum.
        n_step: rewards counted before the table is asked; 1 is the classic.
        num_envs: games played side by side.
        """

        target: str = "q_learning"
        gamma: float = 0.99
        learning_rate: float = 0.5
        learning_rate_power: float = 0.0
        learning_rate_final: float = 0.0
        exploration_initial_eps: float = 1.0
        exploration_final_eps: float = 0.05
        exploration_fraction: float = 0.5
        initial_q: float = 0.0
        double: bool = False
        n_step: int = 1
        num_envs: int = 1

        def __post_init__(self) -> None:
            check_choice("target", self.target, TARGETS)
            for key in ("gamma", "learning_rate", "learning_rate_final", "exploration_fraction"):
                check_range(key, getattr(self, key), 0, 1)
            check_range("exploration_initial_eps", self.exploration_initial_eps, 0, 1)
            check_range("exploration_final_eps", self.exploration_final_eps, 0, 1)
            check_range("learning_rate_power", self.learning_rate_power, 0, 1)
            check_range("n_step", self.n_step, 1, 1000)
            check_range("num_envs", self.num_envs, 1, 65536)

    config: Config

    def __init__(self, env: Env | Task, *, seed: int = 0, **settings: Any) -> None:
        super().__init__(env, seed=seed, **settings)
        seen, done = self.task.observation_space, self.task.action_space
        if not isinstance(seen, spaces.Discrete) or not isinstance(done, spaces.Discrete):
            raise BadInput(
                f"q_learning: {self.task.spec} has observations {seen} and actions {done}; a table needs"
                " Discrete ones (obs=index in a gridworld)"
            )
        self._first_state, self._first_action = int(seen.start), int(done.start)
        tables = 2 if self.config.double else 1
        if tables * seen.n * done.n > MAX_ENTRIES:
            raise BadInput(f"q_learning: {self.task.spec} has {seen.n} states, too many for a table")
        self.tables = np.full((tables, int(seen.n), int(done.n)), float(self.config.initial_q))
        self.visits = np.zeros(self.tables.shape, np.int64)
        self.episode_returns: list[float] = []

    @property
    def q(self) -> np.ndarray:
        """Q [states, actions]; the mean of the two where they are double."""
        return self.tables.mean(axis=0)

    @property
    def states_seen(self) -> int:
        """How many states it has learnt from."""
        return int(np.count_nonzero(self.visits.any(axis=(0, 2))))

    def act(self, view: View) -> Decision:
        states = np.asarray(view.observation, np.int64).reshape(-1) - self._first_state
        q = self.tables[:, states].mean(axis=0)
        legal = np.where(view.mask == 1, q, -np.inf)
        value = legal.max(axis=1)
        best = legal == value[:, None]
        actions = pick_any(best, view.rng) + self._first_action
        unseen = ~self.visits[:, states].any(axis=(0, 2))
        value[unseen], q[unseen] = np.nan, np.nan
        return Decision(actions, value, best / best.sum(axis=1)[:, None], q)

    def learn(self, steps: int, *, progress: bool = False, told: Told | None = None) -> Self:
        config = self.config
        env = self.task.vector(config.num_envs)
        chance = self.chance(2 * config.num_envs, self.steps)
        games = new_games(chance[: config.num_envs], config.n_step)
        rule = Rule(
            TARGETS.index(config.target), config.gamma, config.learning_rate, config.learning_rate_power,
            config.learning_rate_final,
        )  # fmt: skip
        observation, info = env.reset(seed=(chance[config.num_envs :] >> np.uint64(33)).tolist())
        begin(
            self.tables,
            games,
            self._states(observation),
            self.task.legal(info, config.num_envs),
            self._epsilon(0.0),
        )
        with Progress(self, steps, shown=progress, told=told) as done:
            while not done.over:
                real = config.num_envs - int(np.count_nonzero(games.ended))
                observation, rewards, terminated, truncated, info = env.step(
                    games.action + self._first_action
                )
                finished = advance(
                    self.tables, self.visits, games, rule, self._epsilon(done.share),
                    self._states(observation), rewards, terminated, truncated, self.task.legal(info, config.num_envs),
                )  # fmt: skip
                returns = games.finished[:finished].tolist()
                self.episode_returns += returns
                done.advance(real, returns)
                if done.due:
                    done.tell({"epsilon": self._epsilon(done.share), "states": self.states_seen})
        return self

    def _epsilon(self, done: float) -> float:
        """Return epsilon when that share of the training is done."""
        config = self.config
        way = min(done / config.exploration_fraction, 1.0) if config.exploration_fraction > 0 else 1.0
        return config.exploration_initial_eps + way * (
            config.exploration_final_eps - config.exploration_initial_eps
        )

    def _states(self, observation: np.ndarray) -> np.ndarray:
        return np.asarray(observation, np.int64) - self._first_state

    def arrays(self) -> dict[str, np.ndarray]:
        return {"tables": self.tables, "visits": self.visits}

    def restore(self, card: Card, arrays: dict[str, np.ndarray]) -> None:
        self.tables = check_array(arrays, "tables", self.tables.shape, np.float64)
        self.visits = check_array(arrays, "visits", self.visits.shape, np.int64)
