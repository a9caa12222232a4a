"""Where do I get noughts and crosses? A turn game that exists to test the faces: `env()`, `raw_env()`."""

from __future__ import annotations

from typing import Any


def env(**kwargs: Any):
    from envs import aec_face

    return aec_face.env("tictactoe", **kwargs)


def raw_env(**kwargs: Any):
    from envs.aec_face import GameAECEnv

    return GameAECEnv("tictactoe", **kwargs)
