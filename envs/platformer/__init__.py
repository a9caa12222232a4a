"""Where do I get a platformer? `parallel_env(runners=2)` is a race; the rest through `gymnasium.make`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from envs.parallel_face import GameParallelEnv


def parallel_env(runners: int = 2, render_mode: str | None = None, **kwargs: Any) -> GameParallelEnv:
    """Return a PettingZoo Parallel race of up to four runners; keywords as for `Platformer`."""
    from envs.parallel_face import GameParallelEnv

    return GameParallelEnv("platformer", render_mode=render_mode, runners=runners, **kwargs)
