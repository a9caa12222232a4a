"""How does an agent play that Stable-Baselines3 saved, as a zip, on somebody's trust?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from agents.catalog import build_agent
from agents.sb3.learner import SB3Learner, said
from agents.task import Env, Task
from envs.bad_input import BadInput, one_line

if TYPE_CHECKING:
    from gymnasium import spaces


def open_zip(
    path: str | Path, env: Env | Task, settings: Mapping[str, Any] | None = None, *, trust: bool
) -> SB3Learner:
    """Open a zip as `model.save` writes it, for an environment that it fits; settings are those of its agent.

    Such a file is pickled, so that opening it may run whatever code its maker put there. Where its
    model has learnt from normalised observations it plays badly: their moments are not in it.

    Raises BadInput where it is not trusted, is no such zip, is of another algorithm, or does not fit.
    """
    if not Path(path).is_file():
        raise BadInput(f"{path}: no such file")
    if not trust:
        raise BadInput(
            f"{path}: a zip of Stable-Baselines3 is pickled, and opening it may run code;"
            " --trust opens it, if you know who made it"
        )
    cls = _class_for(path)
    agent = build_agent(cls.name, env, settings or {})
    assert isinstance(agent, cls)
    if agent.model.get_vec_normalize_env() is not None:
        raise BadInput(
            f"{path}: a zip of Stable-Baselines3 keeps no moments to normalize_observation or _reward by"
        )
    model = _loaded(path, agent)
    _check_spaces(path, agent, model)
    agent.take(model)
    return agent


def _class_for(path: str | Path) -> type[SB3Learner]:
    """Return the agent whose algorithm wrote the file, as its plain part tells."""
    from agents.dqn import DQN
    from agents.maskable_ppo import MaskablePPO
    from agents.ppo import PPO
    from agents.recurrent_ppo import RecurrentPPO

    data = _data(path)
    origin = str([data.get(key) for key in ("policy_class", "rollout_buffer_class")])
    if "clip_range" in data:
        return MaskablePPO if "maskable" in origin else RecurrentPPO if "recurrent" in origin else PPO
    if "exploration_fraction" in data and "qrdqn" not in origin:
        return DQN
    raise BadInput(f"{path}: of an algorithm that is none of ppo, maskable_ppo, recurrent_ppo and dqn")


def _data(path: str | Path) -> dict[str, Any]:
    """Return the part of the file that is JSON; what is pickled within it stays text."""
    try:
        with ZipFile(path) as file:
            data = json.loads(file.read("data"))
    except (OSError, BadZipFile, KeyError, ValueError, RecursionError, NotImplementedError) as error:
        raise BadInput(f"{path}: not a zip of Stable-Baselines3: {one_line(error)}") from error
    if not isinstance(data, dict):
        raise BadInput(f"{path}: not a zip of Stable-Baselines3: its data is no table")
    return data


def _loaded(path: str | Path, agent: SB3Learner) -> Any:
    from agents.sb3.chance import chance_apart

    try:
        with chance_apart():
            return agent.stock_algorithm().load(path, device="cpu")
    except Exception as error:  # a foreign file may fail in any way
        raise BadInput(f"{path}: Stable-Baselines3 cannot open it: {one_line(error)}") from error


def _check_spaces(path: str | Path, agent: SB3Learner, model: Any) -> None:
    from agents.sb3.vec_env import counted_from_zero

    for what in ("observation", "action"):
        wanted = counted_from_zero(getattr(agent.task, f"{what}_space"))
        found = getattr(model, f"{what}_space", None)
        if not _alike(found, wanted):
            raise BadInput(f"{path}: has {what}s {said(found)}, and {agent.task.spec} has {said(wanted)}")


def _alike(one: Any, other: spaces.Space) -> bool:
    """Return whether the spaces have as many numbers in the same places; their bounds count for nothing."""
    sizes = [
        (type(space), getattr(space, "shape", None), getattr(space, "n", None)) for space in (one, other)
    ]
    return sizes[0] == sizes[1]
