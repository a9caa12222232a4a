"""What does an agent play: which spaces, which model, and how are many copies of it stepped?"""

from __future__ import annotations

from typing import Any

import gymnasium
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorEnv

from envs.bad_input import BadInput
from envs.catalog import GAMES, build, make_env, make_game
from envs.game import Game
from envs.spec import parse_spec

Env = str | gymnasium.Env | Game
Model = dict[int, dict[int, list[tuple[float, int, float, bool]]]]


class Task:
    """One environment in whatever form it was given: spec, Gymnasium id, Gymnasium env, or game of the lab."""

    def __init__(self, env: Env) -> None:
        self.game: Game | None = None
        self._env: gymnasium.Env | None = None
        if isinstance(env, str):
            self.game = make_game(env) if parse_spec(env)[0] in GAMES else None
            self._env = None if self.game else make_env(env)
        elif isinstance(env, Game):
            self.game = env
        elif isinstance(env, gymnasium.Env):
            self.game = getattr(env.unwrapped, "game", None) if env.spec is not None else None
            self._env = None if isinstance(self.game, Game) else env
        else:
            raise BadInput(f"an environment is a spec, a Gymnasium env or a game, not {type(env).__name__}")
        source = self.game if self.game is not None else self._env
        assert source is not None
        self.observation_space: spaces.Space = source.observation_space
        self.action_space: Any = source.action_space

    @property
    def spec(self) -> str:
        """How to name it in a message."""
        if self.game is not None:
            return self.game.spec
        assert self._env is not None
        return self._env.spec.id if self._env.spec is not None else type(self._env.unwrapped).__name__

    @property
    def identity(self) -> dict[str, Any]:
        """Enough to build it again, as JSON: `{"game": name, "kwargs": {...}}` or `{"gymnasium": id, ...}`."""
        if self.game is not None:
            return {"game": self.game.name, "kwargs": self.game.kwargs}
        assert self._env is not None
        spec = self._env.spec
        return {"gymnasium": spec.id if spec else "", "kwargs": dict(spec.kwargs) if spec else {}}

    def model(self) -> Model | None:
        """Return the exact model `P`, or None."""
        if self.game is not None:
            return self.game.model()
        assert self._env is not None
        return getattr(self._env.unwrapped, "P", None)

    def vector(self, num_envs: int) -> VectorEnv:
        """Return that many copies that start the next episode on the step after the last of one.

        A Gymnasium env that was handed in as an object is stepped itself, so there is one copy of it.
        """
        if self.game is not None:
            from envs.vector_face import GameVectorEnv

            return GameVectorEnv(self.game, num_envs)
        env = self._env
        assert env is not None
        if num_envs > 1 and env.spec is None:
            raise BadInput(f"{self.spec}: cannot be copied, so num_envs must be 1")
        makers = [lambda: env] + [lambda: gymnasium.make(env.spec)] * (num_envs - 1)
        return SyncVectorEnv(makers, autoreset_mode=AutoresetMode.NEXT_STEP)


def task_of(identity: dict[str, Any]) -> Task:
    """Build the task again from its identity, which may come from a stranger's file.

    Only games of the lab and Gymnasium ids that are registered already: an id cannot import a module.
    """
    kwargs = identity.get("kwargs", {})
    if "game" in identity:
        return Task(build(identity["game"], kwargs))
    name = identity.get("gymnasium", "")
    if ":" in name or name not in gymnasium.registry:
        raise BadInput(f"unknown Gymnasium environment {name!r}")
    return Task(make_env(name, **kwargs))
