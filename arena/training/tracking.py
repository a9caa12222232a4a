"""What does Weights & Biases get to know of a run or a tournament? Offline where it has no key, and it never asks."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from math import isnan
from pathlib import Path
from typing import Any

import msgspec

from agents.agent import Learner
from agents.saved import ARRAYS, CARD, read_agent
from arena.scores import EntrantScores
from arena.standings import Standings
from arena.training.asked import ASKED, Asked
from arena.training.curves import EVALUATIONS, METRICS
from arena.training.measuring import BEST, held_out_seed, undisturbed
from envs.bad_input import BadInput

PROJECT = "gamelab"
_PATIENCE = 30.0  # seconds in which wandb has to answer
_LEFT_OUT = ("steps", "episodes")


class Tracking:
    """Logs a training run to wandb, whose files stand in its folder; a run gone on with is the same one there.

    The axis is environment steps. In the end it adds GIFs of an episode of the last agent and of the best, and both
    as an artifact.
    """

    def __init__(self, folder: Path, asked: Asked, learner: Learner) -> None:
        config = {"agent": asked.agent, "env": asked.env, "seed": asked.seed, "steps": asked.steps}
        config |= {"versions": asked.versions, **read_agent(folder)[0].config}
        self._folder, self._asked, self._learner = folder, asked, learner
        self._run = _open(folder, asked.tracked, folder.resolve().name, asked.agent, config)

    def log(self, row: Mapping[str, float]) -> None:
        self._add(row, "train/")

    def log_evaluation(self, row: Mapping[str, float]) -> None:
        self._add(row, "evaluation/")

    def _add(self, row: Mapping[str, float], group: str) -> None:
        figures = {
            name if "/" in name else group + name: figure
            for name, figure in row.items()
            if name not in _LEFT_OUT and not isnan(figure)
        }
        self._run.log(figures, step=int(row["steps"]))

    def finish(self) -> None:
        """Add the pictures and the agents."""
        import wandb

        agents = {"last": self._folder, BEST: self._folder / BEST}
        if self._learner.task.game is not None:
            for name, agent in agents.items():
                if (agent / CARD).is_file() and (gif := self._picture(agent)):
                    self._run.log(
                        {f"episode/{name}": wandb.Video(str(gif), format="gif")}, step=self._learner.steps
                    )
        artifact = wandb.Artifact(f"{self._asked.agent}-{self._asked.tracked}", type="agent")
        for name in (ASKED, METRICS, EVALUATIONS, CARD, ARRAYS, f"{BEST}/{CARD}", f"{BEST}/{ARRAYS}"):
            if (self._folder / name).is_file():
                artifact.add_file(str(self._folder / name), name, policy="immutable", skip_cache=True)
        self._run.log_artifact(artifact)

    def _picture(self, agent: Path) -> Path | None:
        """Play one held-out episode and return the GIF of it; None where it is too long for one."""
        from arena.watching import record_episode

        game, path = self._learner.task.game, agent / "episode.gif"
        assert game is not None
        with undisturbed(), suppress(BadInput):
            record_episode(game, [str(agent.absolute())] * game.seats, held_out_seed(1), path)
            return path
        return None

    def close(self) -> None:
        self._run.finish()


def track_standings(table: Standings, folder: Path) -> None:
    """Log the table of a tournament."""
    import wandb

    run = _open(folder, None, folder.resolve().name, "tournament", {"env": table.env, "games": table.played})
    for name, (columns, rows) in _tables(table).items():
        run.log({name: wandb.Table(columns=columns, data=rows)})
    run.finish()


def _tables(table: Standings) -> dict[str, tuple[list[str | int], list[list[Any]]]]:
    """Return ratings and scores, each as columns and rows."""
    tables: dict[str, tuple[list[str | int], list[list[Any]]]] = {}
    if table.ratings is not None:
        rows = [msgspec.to_builtins(standing) for standing in table.ratings.standings]
        tables["ratings"] = list(rows[0]), [list(row.values()) for row in rows]
    if table.scores is not None:
        rows = [_scores(entrant) for entrant in table.scores.entrants]
        tables["scores"] = list(rows[0]), [list(row.values()) for row in rows]
    return tables


def _scores(entrant: EntrantScores) -> dict[str, Any]:
    row: dict[str, Any] = {"name": entrant.name}
    for figure in ("mean", "median", "iqm"):
        estimate = getattr(entrant, figure)
        row |= {figure: estimate.value, f"{figure} low": estimate.low, f"{figure} high": estimate.high}
    return row


def _open(folder: Path, identity: str | None, name: str, kind: str, config: dict[str, Any]) -> Any:
    """Begin a run of wandb, or go on with the one of that identity; says where it lies if it is offline."""
    import wandb

    settings = wandb.Settings(silent=True, console="off", x_disable_stats=True, init_timeout=_PATIENCE)
    wandb.setup(settings)
    options: dict[str, Any] = {
        "project": os.environ.get("WANDB_PROJECT", PROJECT),
        "id": identity,
        "name": name,
    }
    options |= {
        "dir": folder,
        "group": config["env"],
        "job_type": kind,
        "config": config,
        "settings": settings,
    }
    mode: Any = os.environ.get("WANDB_MODE") or ("online" if wandb.login(prompt=False) else "offline")
    if mode == "online":
        with suppress(wandb.Error):  # it cannot be reached, or does not know the key
            return wandb.init(mode=mode, resume="allow", **options)
        mode = "offline"
    run = wandb.init(mode=mode, **options)
    if mode == "offline":
        print(
            f"wandb: not logged in, so kept here; later: wandb sync {run.settings.sync_dir}", file=sys.stderr
        )
    return run
