"""What does an agent play: which spaces, which model, and how are many copies of it stepped?"""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from functools import partial
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorEnv
from gymnasium.wrappers import (
    FilterObservation,
    FlattenObservation,
    OrderEnforcing,
    PassiveEnvChecker,
    TimeLimit,
)

from envs.bad_input import BadInput
from envs.buttons import bits_of
from envs.catalog import GAMES, build, make_env, make_game, register_peers
from envs.game import Game
from envs.gymnasium_face import GameEnv
from envs.opponent import SELF, Opponent
from envs.spec import parse_spec

Env = str | gymnasium.Env | Game
Model = dict[int, dict[int, list[tuple[float, int, float, bool]]]]


class Task:
    """One environment in whatever form it was given: spec, Gymnasium id or env, or game of the lab.

    Observations in several parts, Dict or Tuple, are seen as one vector, without what is no number, such as a text.

    In a game of several seats a learner has one of them, drawn anew for each episode, and a random opponent the others,
    unless another `opponent` is given, or it is an env made for another `opponent` or `seat`.
    """

    def __init__(self, env: Env, opponent: Opponent | None = None) -> None:
        self.game: Game | None = None
        self._env: gymnasium.Env | None = None
        self._against: dict[str, Any] = {}  # what GameVectorEnv takes
        self._self_play = False
        if isinstance(env, str):
            env = make_game(env) if parse_spec(env)[0] in GAMES else make_env(env)
        if isinstance(env, Game):
            self.game = env
        elif isinstance(env, gymnasium.Env):
            inside = _under(env, PassiveEnvChecker, OrderEnforcing)
            if type(inside) is GameEnv:
                self.game = inside.game
                self._against = {"opponent": inside.opponent, "seat": inside.seat}
            self._self_play = getattr(env.unwrapped, "opponent", None) == SELF
            self._env = None if self.game else env
        else:
            raise BadInput(f"an environment is a spec, a Gymnasium env or a game, not {type(env).__name__}")
        if opponent is not None:
            if self.game is None or self.game.seats == 1:
                raise BadInput(f"{self.spec}: has one seat, so there is no opponent to choose")
            self._against["opponent"] = opponent
        source = self.game if self.game is not None else self._env
        assert source is not None
        self.observation_space: spaces.Space = (
            source.observation_space if self._env is None else _in_one(self._env).observation_space
        )
        self.action_space: Any = source.action_space

    @property
    def spec(self) -> str:
        """How to name it in a message."""
        if self.game is not None:
            return self.game.spec
        assert self._env is not None
        return self._env.spec.id if self._env.spec is not None else type(self._env.unwrapped).__name__

    @property
    def choices(self) -> int:
        """How many actions a mask tells of: none where they are no plain numbers, as in a Box."""
        return int(self.action_space.n) if isinstance(self.action_space, spaces.Discrete) else 0

    def legal(self, info: dict[str, Any], num_envs: int) -> np.ndarray:
        """Return the mask int8 [num_envs, choices] in the info of vectorised envs; all is legal where it tells none."""
        mask = np.ones((num_envs, self.choices), np.int8)
        if self.choices and "action_mask" in info:
            told = info.get("_action_mask", np.ones(num_envs, np.bool_))
            mask[told] = np.asarray(info["action_mask"])[told]
        return mask

    def taken(self, actions: np.ndarray) -> np.ndarray:
        """Return actions [num_envs, ...] as `vector` takes them: where the game has buttons, which of them are held."""
        if self.game is None or not self.game.buttons:
            return actions
        return bits_of(actions[:, None], len(self.game.buttons))

    @property
    def identity(self) -> dict[str, Any]:
        """Enough to build it again, as JSON: `{"game" or "gymnasium": name, "kwargs": {...}}`.

        The name is empty where only the caller can build it again: an env without an id, one in wrappers of
        the caller's own, or one whose settings are no plain values. The opponent and the seat of a game are not kept.
        """
        if self.game is not None:
            return {"game": self.game.name, "kwargs": self.game.kwargs}
        assert self._env is not None
        spec = self._env.spec
        if spec is None or spec.additional_wrappers or not all(map(_is_plain, spec.kwargs.values())):
            return {"gymnasium": "", "kwargs": {}}
        return {"gymnasium": spec.id, "kwargs": {**spec.kwargs, "max_episode_steps": spec.max_episode_steps}}

    def model(self) -> Model | None:
        """Return the exact model `P`, or None; a wrapper that may change what happens hides it."""
        if self.game is not None:
            return self.game.model()
        assert self._env is not None
        return getattr(_under(self._env, PassiveEnvChecker, OrderEnforcing, TimeLimit), "P", None)

    @property
    def alone(self) -> bool:
        """Whether it is a game of the lab in which nobody else plays, so that `identity` says all of it."""
        return self.game is not None and self.game.seats == 1 and self.game.name in GAMES

    @property
    def masks(self) -> bool:
        """Whether some actions are not always legal: the game says so, or an episode begins with a mask."""
        if self.game is not None:
            return self.game.masks
        assert self._env is not None
        game = getattr(self._env.unwrapped, "game", None)
        return game.masks if isinstance(game, Game) else "action_mask" in self._env.reset()[1]

    def vector(self, num_envs: int, autoreset: AutoresetMode = AutoresetMode.NEXT_STEP) -> VectorEnv:
        """Return that many copies that start the next episode on the step after the last of one, or on the same.

        A Gymnasium env that was handed in as an object is stepped itself, as the first of them.

        Raises BadInput for self-play, in which every step is seen, and rewarded, from another side.
        """
        if self._self_play:
            raise BadInput(f"{self.spec}: a learner has one seat, so opponent='self' is none for it")
        if self.game is not None:
            from envs.vector_face import GameVectorEnv

            return GameVectorEnv(self.game, num_envs, autoreset, **self._against)
        assert self._env is not None
        envs = [self._env, *(self._copy() for _ in range(num_envs - 1))]
        return SyncVectorEnv([partial(_in_one, env) for env in envs], autoreset_mode=autoreset)

    def apart(self) -> Task:
        """Return the task with a Gymnasium env of its own, which disturbs nothing here; itself where that cannot be."""
        if self.game is not None:
            return self
        try:
            return Task(self._copy())
        except BadInput:
            return self

    def _copy(self) -> gymnasium.Env:
        assert self._env is not None
        if self._env.spec is not None:
            with suppress(Exception):  # of a wrapper that does not keep its arguments, say
                return gymnasium.make(self._env.spec)
        try:
            return deepcopy(self._env)
        except Exception as error:  # what is open in it, such as a window or a connection, cannot be copied
            raise BadInput(
                f"{self.spec}: cannot be copied, so num_envs must be 1: {_first_line(error)}"
            ) from error


def _under(env: gymnasium.Env, *wrappers: type[gymnasium.Wrapper]) -> gymnasium.Env | None:
    """Return the env under these wrappers, or None where it is in others too."""
    while isinstance(env, gymnasium.Wrapper):
        if type(env) not in wrappers:
            return None
        env = env.env
    return env


def _in_one(env: gymnasium.Env) -> gymnasium.Env:
    """Return the env, where its observations have several parts in a wrapper that joins them."""
    space = env.observation_space
    if isinstance(space, spaces.Dict):
        numbers = [key for key, part in space.items() if _is_of_numbers(part)]
        return FlattenObservation(FilterObservation(env, numbers))
    return FlattenObservation(env) if isinstance(space, spaces.Tuple) else env


def _is_of_numbers(space: spaces.Space) -> bool:
    try:
        return space.is_np_flattenable
    except NotImplementedError:  # a foreign one that does not say, as MiniGrid's of missions
        return False


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (str, int, float, bool))


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def task_of(identity: dict[str, Any]) -> Task:
    """Build the task again from its identity, which may come from a stranger's file.

    Only games of the lab and Gymnasium ids that are registered already: an id cannot import a module.
    """
    name, kwargs = identity.get("game") or identity.get("gymnasium"), identity.get("kwargs", {})
    if not name or not isinstance(name, str) or not isinstance(kwargs, dict):
        raise BadInput("it does not say on which environment it learnt; name one")
    if "game" in identity:
        return Task(build(name, kwargs))
    register_peers(name)
    if ":" in name or name not in gymnasium.registry:
        raise BadInput(f"unknown Gymnasium environment {name!r}; name one that it fits")
    try:
        return Task(gymnasium.make(name, **kwargs))
    except Exception as error:  # a foreign environment may reject its settings in any way
        raise BadInput(f"{name}: {_first_line(error)}") from error
