"""Where do I get a gridworld? `parallel_env(foragers=2)` is a race; the rest through `gymnasium.make`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from envs.parallel_face import GameParallelEnv


def parallel_env(foragers: int = 2, render_mode: str | None = None, **kwargs: Any) -> GameParallelEnv:
    """Return a PettingZoo Parallel race of two or more foragers; keywords as for `Gridworld`."""
    from envs.parallel_face import GameParallelEnv

    settings = {"level": "orchard", "obs": "grid", **kwargs}
    return GameParallelEnv("gridworld", render_mode=render_mode, foragers=foragers, **settings)
