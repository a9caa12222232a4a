"""What do the learners that are built on Stable-Baselines3 share?"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from gymnasium import spaces

from agents.agent import Learner
from agents.progress import Diverged, Progress, Told
from agents.saved import Card
from agents.task import Env, Task
from envs.bad_input import BadInput
from envs.view import Decision, View

if TYPE_CHECKING:
    from pathlib import Path

    from stable_baselines3.common.base_class import BaseAlgorithm
    from stable_baselines3.common.vec_env import VecEnv
    from torch import Tensor

_SEEN = (spaces.Box, spaces.Discrete, spaces.MultiDiscrete, spaces.MultiBinary)


class SB3Learner(Learner):
    """A model of Stable-Baselines3 on the task's vector face. The model itself is `model`, with all that it can.

    It draws chance from the global generators of PyTorch and NumPy, which `learn` sets by its seed, and gives back in
    the end as they were.

    Args:
        policy: a policy of one's own, by class or by Stable-Baselines3's name for it, instead of the lab's networks.
        policy_kwargs: arguments of the policy. An agent made with either can play and learn, but only `model.save`
            keeps it, since a folder says nothing of them.
    """

    keeps_to_masks: ClassVar[bool] = False
    instead: ClassVar[str] = "maskable_ppo"  # which agent keeps to masks, where this one does not
    actions: ClassVar[tuple[type[spaces.Space], ...]] = (spaces.Discrete,)
    trains_often: ClassVar[bool] = False  # every few steps, so that not each training is told of
    policy: ClassVar[str] = "MlpPolicy"
    model: Any  # of the class that `_algorithm` gives

    def __init__(
        self,
        env: Env | Task,
        *,
        seed: int = 0,
        policy: str | type | None = None,
        policy_kwargs: dict[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(env, seed=seed, **settings)
        self._refuse()
        try:
            self.take(self._made(policy, policy_kwargs or {}))
        except BadInput as error:  # the network does not suit the observations
            raise BadInput(f"{self.name}: {self.task.spec}: {error}") from None
        self._own_policy = policy is not None or policy_kwargs is not None

    def take(self, model: Any) -> None:
        """Play with that model from now on, one of its own algorithm and for the same spaces."""
        self.model, self._own_policy = model, True

    def _refuse(self) -> None:
        """Raise BadInput where it cannot learn on the task."""
        task, name = self.task, f"{self.name}: {self.task.spec}"
        if not isinstance(task.observation_space, _SEEN):
            raise BadInput(f"{name} has observations {said(task.observation_space)}; flatten them first")
        if not isinstance(task.action_space, self.actions):
            wanted = " or ".join(space.__name__ for space in self.actions)
            raise BadInput(f"{name} has actions {said(task.action_space)}; it needs {wanted} ones")
        if not self.keeps_to_masks and task.masks:
            raise BadInput(f"{name} has actions that are not always legal; {self.instead} keeps to masks")

    @abstractmethod
    def _algorithm(self) -> type[BaseAlgorithm]:
        """Return the class of the model."""

    def stock_algorithm(self) -> type[BaseAlgorithm]:
        """Return the class of Stable-Baselines3 or sb3-contrib whose files it can read."""
        return self._algorithm()

    @abstractmethod
    def _arguments(self) -> dict[str, Any]:
        """Return the arguments of the model that the settings give."""

    def _copies(self) -> VecEnv:
        """Return what the model learns on."""
        from agents.sb3.vec_env import vec_env

        return vec_env(self.task, self.config.num_envs)

    def _policy_arguments(self) -> dict[str, Any]:
        from agents.sb3.features import policy_arguments

        return policy_arguments(self.config.network, self.config.width)

    def _made(self, policy: str | type | None, policy_kwargs: dict[str, Any]) -> BaseAlgorithm:
        from stable_baselines3.common.logger import Logger

        from agents.sb3.chance import chance_apart

        own = self._policy_arguments() if policy is None else {}
        with chance_apart():
            model = self._algorithm()(
                policy or self.policy,
                self._copies(),
                policy_kwargs=own | policy_kwargs,
                seed=self._model_seed(),
                device=self.config.device,
                **self._arguments(),
            )
        model.set_logger(Logger(None, []))  # else it makes a folder
        return model

    def _model_seed(self) -> int:
        """Return a seed of the model and of its episodes, another one after more steps."""
        return int(self.chance(2, self.steps)[1] >> np.uint64(33))

    def learn(
        self, steps: int, *, progress: bool = False, told: Told | None = None, callback: Any = None
    ) -> Self:
        """Learn, as `Learner.learn`; callback: one of Stable-Baselines3's, or a list of them."""
        from agents.sb3.chance import chance_apart
        from agents.sb3.telling import Telling

        with chance_apart(), Progress(self, steps, shown=progress, told=told) as done:
            self._begin(steps)
            callbacks = [Telling(self, done, self.trains_often), *_listed(callback)]
            try:
                self.model.learn(steps, callback=callbacks, reset_num_timesteps=False)
            except ValueError as error:
                if isinstance(error, BadInput) or self._is_finite():
                    raise
                raise Diverged(
                    f"{self.name}: after {self.steps:,} steps the network holds what is no number;"
                    " a smaller learning_rate may help"
                ) from error
        return self

    def _begin(self, steps: int) -> None:
        """Make the model go on from where the agent is, with new episodes."""
        env = self.model.get_env()
        if env is None:
            raise BadInput(f"{self.name}: a model from a zip plays; here it does not learn on")
        self.model.set_env(env)  # which starts the episodes anew
        self.model.set_random_seed(self._model_seed())
        self.model.num_timesteps = self.steps

    def _is_finite(self) -> bool:
        return all(bool(parameter.isfinite().all()) for parameter in self.model.policy.parameters())

    def _blocks(self, view: View) -> Iterator[tuple[slice, int, Tensor]]:
        """Yield (rows, how many of them there are, observations as the model takes them, filled up to a block)."""
        from agents.blocks import blocks, filled

        first = int(getattr(self.task.observation_space, "start", 0))
        seen = view.observation - first if first else view.observation
        normalizer = self.model.get_vec_normalize_env()
        if normalizer is not None:
            seen = normalizer.normalize_obs(seen)
        self.model.policy.set_training_mode(False)
        for rows in blocks(len(seen)):
            yield rows, len(seen[rows]), filled(seen[rows]).to(self.model.device)

    def act(self, view: View) -> Decision:
        return self.choose(view, deterministic=False)

    @abstractmethod
    def choose(self, view: View, deterministic: bool) -> Decision: ...

    def save(self, folder: str | Path, results: dict[str, float] | None = None) -> Path:
        if self._own_policy:
            raise BadInput(f"{self.name}: a folder cannot keep a policy of one's own; `model.save` does")
        return super().save(folder, results)

    def arrays(self) -> dict[str, np.ndarray]:
        from agents.sb3.parameters import arrays_of

        return arrays_of(self.model)

    def restore(self, card: Card, arrays: dict[str, np.ndarray]) -> None:
        from agents.sb3.parameters import put_back

        put_back(self.model, arrays)


def said(space: spaces.Space | None) -> str:
    """Return the space in one line, which that of a Box with bounds of many numbers is not by itself."""
    return " ".join(str(space).split())


def _listed(callback: Any) -> list[Any]:
    """Return the callbacks, one or several or a function, as Stable-Baselines3's own objects."""
    if callback is None:
        return []
    from stable_baselines3.common.callbacks import BaseCallback, ConvertCallback

    several = callback if isinstance(callback, list) else [callback]
    return [one if isinstance(one, BaseCallback) else ConvertCallback(one) for one in several]
