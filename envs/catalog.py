"""Which games are there, and how is one built from its name?"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import gymnasium
import pettingzoo

from envs.bad_input import BadInput, suggest
from envs.spec import parse_spec

if TYPE_CHECKING:
    from envs.game import Game

GAMES = {
    "gridworld": "envs.gridworld.game:Gridworld",
    "goban": "envs.goban.game:Goban",
    "platformer": "envs.platformer.game:Platformer",
}
_PEERS = {"MiniGrid": "minigrid", "BabyAI": "minigrid", "ALE": "ale_py"}  # which import registers which ids


def gymnasium_id(name: str) -> str:
    return f"gamelab/{name.capitalize()}-v0"


def register_games() -> None:
    """Register every game with Gymnasium; with PettingZoo those whose package has `env` or `parallel_env`."""
    for name, path in GAMES.items():
        if gymnasium_id(name) not in gymnasium.registry:
            gymnasium.register(
                gymnasium_id(name),
                entry_point="envs.gymnasium_face:GameEnv",
                vector_entry_point="envs.vector_face:GameVectorEnv",
                kwargs={"game": name},
            )
            _register_seats(gymnasium_id(name), path.partition(":")[0].rpartition(".")[0])


def _register_seats(id: str, package: str) -> None:
    for kind, maker in (("aec", "env"), ("parallel", "parallel_env")):
        if hasattr(import_module(package), maker):
            pettingzoo.register(kind, id, f"{package}:{maker}")


def register_peers(id: str) -> None:
    """Let a package that is known to have such environments register them, where it is installed."""
    package = _PEERS.get(id.partition("-")[0].partition("/")[0])
    if package is not None and id not in gymnasium.registry and find_spec(package) is not None:
        import_module(package)


def game_class(name: str) -> type[Game]:
    if name not in GAMES:
        raise BadInput(f"unknown game {name!r}.{suggest(name, GAMES)}")
    module, attribute = GAMES[name].split(":")
    return getattr(import_module(module), attribute)


def build(name: str, kwargs: dict[str, Any]) -> Game:
    """Build a game from its name and configuration; an unknown key or value raises BadInput."""
    cls = game_class(name)
    known = settings(cls)
    for key in kwargs:
        if key not in known:
            raise BadInput(f"{name}: unknown key {key!r}.{suggest(key, known)}")
    return cls(**kwargs)


def settings(cls: type[Game]) -> dict[str, Any]:
    """Return the keys a game can be configured with, and their defaults."""
    from inspect import signature

    return {key: parameter.default for key, parameter in list(signature(cls).parameters.items())}


def make_game(spec: str) -> Game:
    """Build a game from its spelling, `gridworld:level=cliff,slip=0.1`."""
    name, kwargs = parse_spec(spec)
    return build(name, kwargs)


def make_env(spec: str, **more: Any) -> gymnasium.Env:
    """Make one of our games, or any registered Gymnasium id, as a Gymnasium environment.

    Only ids that are registered already: an id of the form `module:Name` would import code, and is refused.
    """
    name, kwargs = parse_spec(spec)
    if name in GAMES:
        build(name, kwargs)
        return gymnasium.make(gymnasium_id(name), **kwargs, **more)
    register_peers(name)
    register_peers(name)
    if name not in gymnasium.registry:
        raise BadInput(f"unknown environment {name!r}.{suggest(name, [*GAMES, *gymnasium.registry])}")
    try:
        return gymnasium.make(name, **kwargs, **more)
    except BadInput:
        raise
    except Exception as error:  # a foreign environment may reject its settings in any way
        raise BadInput(f"{name}: {str(error).splitlines()[0]}") from error
