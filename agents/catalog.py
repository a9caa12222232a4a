"""Which agents are there, and how is one made from its name or its folder?"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from importlib import import_module
from os.path import isdir
from pathlib import Path
from typing import Any

from agents.agent import Agent, Learner
from agents.config import configure
from agents.saved import ARRAYS, CARD, digest, read_agent
from agents.task import Env, Task, task_of
from agents.trained import trained_folder
from envs.bad_input import BadInput, suggest
from envs.spec import parse_spec

AGENTS = {
    "random": "agents.random:RandomAgent",
    "value_iteration": "agents.value_iteration:ValueIteration",
    "q_learning": "agents.q_learning:QLearning",
    "policy_gradient": "agents.policy_gradient:PolicyGradient",
    "dqn": "agents.dqn:DQN",
    "ppo": "agents.ppo:PPO",
    "maskable_ppo": "agents.maskable_ppo:MaskablePPO",
    "recurrent_ppo": "agents.recurrent_ppo:RecurrentPPO",
    "greedy": "agents.greedy:Greedy",
    "solver": "agents.solver:Solver",
    "mcts": "agents.mcts:MCTS",
    "alphazero": "agents.alphazero:AlphaZero",
    "gtp": "agents.gtp:GtpAgent",
    "always_right_and_jump": "agents.always_right_and_jump:AlwaysRightAndJump",
    "planner": "agents.planner:Planner",
    "certificate": "agents.certificate:CertificateAgent",
}


def agent_class(name: str) -> type[Agent]:
    if name not in AGENTS:
        raise BadInput(
            f"unknown agent {name!r}.{suggest(name, AGENTS)} A saved agent is named by its folder."
        )
    module, attribute = AGENTS[name].split(":")
    return getattr(import_module(module), attribute)


def build_agent(name: str, env: Env | Task, settings: Mapping[str, Any], *, seed: int = 0) -> Agent:
    """Make an agent by name, from settings that may be a stranger's: an unknown one raises BadInput."""
    cls = agent_class(name)
    configure(name, cls.Config, settings)  # first: `seed` and `self` are no settings
    return cls(env, seed=seed, **settings)


def make_agent(
    spec: str, env: Env | Task, settings: Mapping[str, Any] | None = None, *, trust: bool = False
) -> Agent:
    """Make the agent of a spec: `random`, `value_iteration:gamma=0.95` or the folder of a saved agent.

    Of who has to learn, the one that comes with gamelab, where there is one for the game.

    The folder may be followed by settings, as in `runs/x:greedy=true`, that replace those it was saved with; `settings`
    replace those of either. trust: whether a zip of Stable-Baselines3 is opened, which may run its maker's code.
    """
    if is_zip(spec):
        from agents.sb3.zip_file import open_zip

        return open_zip(spec, env, settings or {}, trust=trust)
    if is_folder(spec):
        return load_agent(spec, env, settings)
    name = spec.partition(":")[0]
    cls = agent_class(name)
    changed = cls.settings_of(spec) | dict(settings or {})
    if not issubclass(cls, Learner):
        return build_agent(name, env, changed)
    folder = trained_folder(name, env)
    if folder is None:
        raise BadInput(
            f"{name} has to learn first: `gamelab train {name} ENV --out FOLDER`, then name the folder"
        )
    return load_agent(folder, env, changed)


def is_folder(spec: str) -> bool:
    """Return whether the spec names a saved agent: `./random` does, `random` never."""
    name = spec.partition(":")[0]
    return name not in AGENTS and not is_zip(spec) and (isdir(_parts(spec)[0]) or "/" in name or "\\" in name)


def is_zip(spec: str) -> bool:
    """Return whether the spec names a file that Stable-Baselines3 saved."""
    return spec.endswith(".zip") and spec.partition(":")[0] not in AGENTS and not isdir(spec)


def folder_of(spec: str) -> tuple[Path, dict[str, Any]]:
    """Return the folder that the spec of a saved agent names, and the settings that follow it: `runs/x:greedy=true`."""
    folder, settings = _parts(spec)
    return Path(folder), parse_spec(f"settings:{settings}")[1]


def _parts(spec: str) -> tuple[str, str]:
    """Split what follows the last colon off, but from a folder whose name has it."""
    folder, _, settings = spec.rpartition(":")
    return (spec, "") if isdir(spec) or not folder or "=" not in settings else (folder, settings)


def digest_of(spec: str, env: Env | Task) -> str:
    """Return 16 hex digits that change with anything about the agent of a spec that the spec or a saved agent says."""
    if is_folder(spec):
        folder, settings = folder_of(spec)
        learnt = digest(folder)
        return blake2b(f"{learnt}{settings}".encode(), digest_size=8).hexdigest() if settings else learnt
    whole, cls = blake2b(spec.encode(), digest_size=8), class_of(spec)
    if issubclass(cls, Learner):
        if kept := trained_folder(cls.name, env):
            whole.update(digest(kept).encode())
    elif judge := cls.settings_of(spec).get("network"):  # another agent's, as of mcts
        whole.update(digest_of(judge, env).encode())
    return whole.hexdigest()


def class_of(spec: str) -> type[Agent]:
    """Return the class of a spec's agent, without making it."""
    if is_folder(spec):
        return agent_class(read_agent(folder_of(spec)[0])[0].algorithm)
    return agent_class(spec.partition(":")[0])


def load_agent(
    folder: str | Path, env: Env | Task | None = None, settings: Mapping[str, Any] | None = None
) -> Agent:
    """Open a saved agent, for the environment it was trained on or for another that it fits. Runs no code.

    Settings, after the folder as in `make_agent` or given apart, replace those it was saved with.
    """
    folder, changed = folder_of(str(folder))
    changed |= settings or {}
    if not isdir(folder):  # where Path.is_dir would raise for too long a name
        raise BadInput(f"{folder}: no such folder of a saved agent")
    card, arrays = read_agent(folder)
    if card.algorithm not in AGENTS or not issubclass(agent_class(card.algorithm), Learner):
        raise BadInput(f"{folder / CARD}: unknown algorithm {card.algorithm!r}")
    try:
        task = task_of(card.env) if env is None else env
        agent = build_agent(card.algorithm, task, card.config | changed, seed=card.seed)
        assert isinstance(agent, Learner)
    except BadInput as error:
        raise BadInput(f"{folder}: {error}") from error
    try:
        agent.restore(card, arrays)
    except BadInput as error:
        raise BadInput(f"{folder / ARRAYS}: {error}") from error
    agent.steps = card.steps
    return agent
