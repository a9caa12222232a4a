"""How is an agent trained so that it can be followed, compared and gone on with? A run is a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arena.training.curves import plot
from arena.training.run import Run, resume
from arena.training.several import Seeds, resume_seeds, train_seeds
from arena.training.start import begin

if TYPE_CHECKING:
    from agents.task import Env

__all__ = ["Run", "Seeds", "begin", "plot", "resume", "resume_seeds", "train", "train_seeds"]


def train(agent: str, env: Env, *, watch: bool = False, progress: bool = False, **asked: Any) -> Run:
    """Train an agent in a folder, as `gamelab train` does: `train("q_learning", "CliffWalking-v1", steps=50_000)`.

    Args:
        agent, env, asked: what `begin` takes; for several seeds there is `train_seeds`.
        watch, progress: see `resume`.
    """
    return resume(begin(agent, env, **asked), env, watch=watch, progress=progress)
