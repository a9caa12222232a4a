"""What is an agent, and what more is a learner?"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from agents.config import NoSettings, configure
from agents.progress import Told
from agents.saved import Card, write_agent
from agents.task import Env, Task
from envs.bad_input import BadInput
from envs.spec import parse_spec
from envs.view import Decision, Resigned, View

__all__ = ["Agent", "BrokeDown", "Learner", "Resigned", "Void"]


class BrokeDown(Exception):
    """Raised from `act`: the agent cannot go on, and why, in words that follow its name: `did not answer in 30 s`."""


class Void(Exception):
    """Raised from `act`: this machine failed, not the agent, so the game does not count and is played again."""


class Agent(ABC):
    """Whatever chooses actions. It is made for a task, and says at once where it does not suit it.

    Whoever makes one calls `close` when done with it.

    Args:
        env: a spec such as `gridworld:level=cliff`, a Gymnasium id, a Gymnasium env, or a game of the lab.
        seed: of the agent's own chance in `predict` and in learning.
        settings: fields of the agent's `Config`.

    Raises:
        BadInput: the agent cannot play this environment, or a setting is wrong.
    """

    name: ClassVar[str]
    about: ClassVar[str]
    Config: ClassVar[type] = NoSettings
    side_by_side: ClassVar[int] = (
        16  # games at once that it gains from; 1 where it thinks about one at a time
    )
    memory: int = 0  # numbers a game that it carries from turn to turn, in `View.memory`

    def __init__(self, env: Env | Task, *, seed: int = 0, **settings: Any) -> None:
        self.task = env if isinstance(env, Task) else Task(env)
        self.config = configure(self.name, self.Config, settings)
        self.seed = seed
        self._rng = self.chance(1)

    @classmethod
    def settings_of(cls, spec: str) -> dict[str, Any]:
        """Return the settings that a spec such as `value_iteration:gamma=0.9` gives."""
        return parse_spec(spec)[1]

    @abstractmethod
    def act(self, view: View) -> Decision:
        """Choose one action for each of the B games in view.

        Raises Resigned, BrokeDown or Void for one of them; whoever asked about several then asks one by one.
        """

    def choose(self, view: View, deterministic: bool) -> Decision:
        """As `act`; who draws actions from a policy takes the likeliest instead where it is to be deterministic."""
        return self.act(view)

    def ready(self) -> None:
        """See that it can begin to play now; raises BadInput where it cannot, as an engine that does not start."""
        return None

    def close(self) -> None:
        """Let go of what it holds outside this process. It may be asked again, and then begins anew."""
        return None

    def chance(self, count: int, after: int = 0) -> np.ndarray:
        """Return generators u8[count] of the agent's own; `after` so many steps of learning they are others.

        They have nothing to do with those of an environment with the same seed, nor with the next seed's.
        """
        return np.random.SeedSequence([self.seed % 2**64, after]).generate_state(count, np.uint64)

    def predict(
        self,
        observation: Any,
        state: Any = None,
        episode_start: Any = None,
        deterministic: bool = True,
        action_masks: Any = None,
    ) -> tuple[Any, np.ndarray | None]:
        """Choose as Stable-Baselines3's `predict` does, for one observation or a batch of them.

        Where the environment gives masks, pass them, as sb3-contrib does; else every action is legal. The state that
        comes back, for an agent with memory, is passed in with the next observation; where `episode_start` is set
        it counts for nothing.
        """
        batch = np.asarray(observation)
        single = batch.shape == self.task.observation_space.shape
        batch = batch[None] if single else batch
        if len(self._rng) != len(batch):
            self._rng = self.chance(len(batch))
        mask = np.ones((len(batch), self.task.choices), np.int8)
        if action_masks is not None:
            mask &= np.asarray(action_masks, np.int8)
        memory = np.zeros((len(batch), self.memory), np.float32)
        if state is not None:
            begun = np.zeros(len(batch), bool) if episode_start is None else np.asarray(episode_start, bool)
            memory[:] = np.where(begun.reshape(-1, 1), 0, state)
        actions = self.choose(View(batch, mask, self._rng, memory=memory), deterministic).actions
        return (actions[0] if single else actions), (memory if self.memory else None)


class Learner(Agent):
    """An agent that learns, from any Gymnasium environment that suits it, and can be kept in a folder."""

    steps: int = 0  # environment steps learnt from so far

    @abstractmethod
    def learn(self, steps: int, *, progress: bool = False, told: Told | None = None) -> Self:
        """Learn from so many more environment steps, or a few over. Returns itself.

        progress: whether to show a bar. told: called with an `Update` after each update; the agent may then be asked
        and saved, and what `told` raises ends the learning. What falls or rises over the training, such as a learning
        rate, does so over the agent's whole life: learning on, after `load` too, goes on where it was.

        Raises Diverged where something is no number any more.
        """

    @abstractmethod
    def arrays(self) -> dict[str, np.ndarray]:
        """Return what was learnt, and what learning on needs."""

    @abstractmethod
    def restore(self, card: Card, arrays: dict[str, np.ndarray]) -> None:
        """Take back what `arrays` gave; raises BadInput where it does not fit."""

    def under_way(self) -> dict[str, np.ndarray]:
        """Return what is under way while it learns, with which it can go on as if nothing had been between.

        Nothing for most: they begin new episodes. Asked within `told`, or when the learning is over.
        """
        return {}

    def take_up(self, arrays: dict[str, np.ndarray]) -> None:
        """Go on with what `under_way` gave, in the next `learn`; raises BadInput where it does not fit."""
        return None

    def card(self, results: dict[str, float] | None = None) -> Card:
        """Return how it came to be what it is."""
        return Card(
            algorithm=self.name,
            config=asdict(self.config),
            env=self.task.identity,
            seed=self.seed,
            steps=self.steps,
            results=results or {},
        )

    def frozen(self) -> Self:
        """Return a copy that has learnt the same and has nothing to do with what this one learns on."""
        twin = type(self)(self.task.game or self.task, seed=self.seed, **asdict(self.config))
        twin.restore(self.card(), {name: array.copy() for name, array in self.arrays().items()})
        twin.steps = self.steps
        return twin

    def save(self, folder: str | Path, results: dict[str, float] | None = None) -> Path:
        """Keep the agent in a folder: `agent.json` and `arrays.safetensors`. Returns the folder."""
        return write_agent(Path(folder), self.card(results), self.arrays())

    @classmethod
    def load(cls, folder: str | Path, env: Env | None = None) -> Self:
        """Open a saved agent, for the environment it was trained on or for another that it fits."""
        from agents.catalog import load_agent

        agent = load_agent(folder, env)
        if not isinstance(agent, cls):
            raise BadInput(f"{folder}: holds a {agent.name}, not a {cls.name}")
        return agent
