"""Which small environments have an answer that a network must find, can be copied, and cost next to nothing?"""

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces


class Bandit(gymnasium.Env):
    """One step: it shows which of three arms pays 1. The best return is 1, without looking it is 1/3."""

    observation_space = spaces.Box(0, 255, (1, 1, 3), np.uint8)
    action_space = spaces.Discrete(3)

    def reset(self, *, seed: int | None = None, options: dict | None = None) -> tuple[np.ndarray, dict]:
        super().reset(seed=seed)
        self.pays = int(self.np_random.integers(3))
        return self._seen(), {}

    def _seen(self) -> np.ndarray:
        seen = np.zeros((1, 1, 3), np.uint8)
        seen[0, 0, self.pays] = 255
        return seen

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        return self._seen(), float(action == self.pays), True, False, {}


class Remote(Bandit):
    """The bandit in numbers far from 0 that hardly differ, and an arm that pays 1000."""

    observation_space = spaces.Box(-np.inf, np.inf, (3,), np.float32)

    def _seen(self) -> np.ndarray:
        return 500 + np.eye(3, dtype=np.float32)[self.pays]

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        seen, reward, *rest = super().step(action)
        return seen, 1000 * reward, *rest


class Cue(gymnasium.Env):
    """Two steps: a cue of 0 or 1, then nothing to see; naming the cue then pays 1. Without a memory the best is 1/2."""

    observation_space = spaces.Box(-1, 1, (1,), np.float32)
    action_space = spaces.Discrete(2)

    def reset(self, *, seed: int | None = None, options: dict | None = None) -> tuple[np.ndarray, dict]:
        super().reset(seed=seed)
        self.cue, self.first = int(self.np_random.integers(2)), True
        return np.array([2 * self.cue - 1], np.float32), {}

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        over, self.first = not self.first, False
        return np.zeros(1, np.float32), float(over and action == self.cue), over, False, {}


class Aim(gymnasium.Env):
    """One step: the reward is minus the square of how far an action in [-2, 2] is from 1, so that its best is 0."""

    observation_space = spaces.Box(0, 1, (1,), np.float32)
    action_space = spaces.Box(-2, 2, (1,), np.float32)

    def reset(self, *, seed: int | None = None, options: dict | None = None) -> tuple[np.ndarray, dict]:
        super().reset(seed=seed)
        return np.ones(1, np.float32), {}

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        assert self.action_space.contains(action)
        return np.ones(1, np.float32), -float((action[0] - 1) ** 2), True, False, {}


class Trap(gymnasium.Env):
    """Two steps that pay nothing; in the second, action 1 is not legal, and playing it is an error."""

    observation_space = spaces.Box(0, 1, (2,), np.float32)
    action_space = spaces.Discrete(2)

    def reset(self, *, seed: int | None = None, options: dict | None = None) -> tuple[np.ndarray, dict]:
        super().reset(seed=seed)
        self.at = 0
        return self._told()

    def _told(self) -> tuple[np.ndarray, dict]:
        return np.eye(2, dtype=np.float32)[self.at % 2], {"action_mask": np.array([1, self.at != 1], np.int8)}

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        assert self.at == 0 or action == 0, "an illegal action"
        self.at += 1
        seen, info = self._told()
        return seen, 0.0, self.at == 2, False, info


class Broken(Bandit):
    """Pays what is no number from the 20th episode on."""

    episodes = 0

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        self.episodes += 1
        seen, reward, *rest = super().step(action)
        return (seen, reward if self.episodes < 20 else float("nan"), *rest)


TOYS = {"Bandit": Bandit, "Remote": Remote, "Cue": Cue, "Aim": Aim, "Trap": Trap, "Broken": Broken}


def toy(name: str) -> str:
    """Return the Gymnasium id of a toy, which stands in the registry from then on."""
    id = f"{name}Toy-v0"
    if id not in gymnasium.registry:
        gymnasium.register(id, entry_point=TOYS[name])
    return id
