"""What does a Stable-Baselines3 model say of itself while it learns?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback

from agents.progress import Diverged, Progress

if TYPE_CHECKING:
    from agents.sb3.learner import SB3Learner

_NAMES = {
    "train/loss": "loss",
    "train/value_loss": "loss/value",
    "train/policy_gradient_loss": "loss/policy",
    "train/approx_kl": "policy/kl",
    "train/clip_fraction": "policy/clipped",
    "train/std": "policy/deviation",
    "train/learning_rate": "learning_rate",
    "train/explained_variance": "value/explained",
    "rollout/exploration_rate": "epsilon",
}


class Telling(BaseCallback):
    """Counts steps and episodes up in a Progress, and tells of the figures of the last training.

    sparsely: for a model that trains every few steps; it tells when the Progress says that it is due.
    """

    def __init__(self, learner: SB3Learner, progress: Progress, sparsely: bool) -> None:
        super().__init__()
        self._learner, self._progress, self._sparsely = learner, progress, sparsely
        self._figures: dict[str, float] = {}

    def _on_step(self) -> bool:
        infos = self.locals["infos"]
        episodes = [infos[i]["episode"] for i in np.flatnonzero(self.locals["dones"])]
        self._progress.advance(len(infos), [one["r"] for one in episodes], [one["l"] for one in episodes])
        self._check("reward", self.locals["rewards"])
        self._check("observation", self.locals["new_obs"])
        return True

    def _check(self, what: str, seen: np.ndarray) -> None:
        if seen.dtype.kind == "f" and not np.isfinite(seen).all():
            learner = self._learner
            raise Diverged(
                f"{learner.name}: after {learner.steps:,} steps the environment gave {_a(what)} that is no number"
            )

    def _on_rollout_start(self) -> None:
        self._tell()

    def _on_training_end(self) -> None:
        self._tell()
        self.logger.dump(self.num_timesteps)  # else the last figures would stand there when learning goes on

    def _tell(self) -> None:
        self._figures |= figures(self.logger.name_to_value)
        if self._progress.due if self._sparsely else self._figures:
            self._progress.tell(self._figures)
            self._figures = {}


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def figures(logged: dict[str, float]) -> dict[str, float]:
    """Return what a model has logged of its last training, by the lab's names.

    How much of the returns the value explains is left out where they are all equal: there is nothing to explain.
    """
    found = {_NAMES[key]: float(value) for key, value in logged.items() if key in _NAMES}
    if "train/entropy_loss" in logged:
        found["policy/entropy"] = -float(logged["train/entropy_loss"])
    if np.isnan(found.get("value/explained", 0.0)) and np.isfinite(found.get("loss/value", np.nan)):
        del found["value/explained"]
    return found
