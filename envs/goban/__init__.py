"""Where do I get a Go board? `env(size=9)` for PettingZoo, or `gymnasium.make("gamelab/Goban-v0", size=9)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pettingzoo import AECEnv

    from envs.aec_face import GameAECEnv


def env(render_mode: str | None = None, **kwargs: Any) -> AECEnv:
    """Return a PettingZoo AEC game in PettingZoo's usual wrappers; keywords as for `Goban`."""
    from envs import aec_face

    return aec_face.env("goban", render_mode, **kwargs)


def raw_env(render_mode: str | None = None, **kwargs: Any) -> GameAECEnv:
    """Return the same without wrappers."""
    from envs.aec_face import GameAECEnv

    return GameAECEnv("goban", render_mode, **kwargs)
