"""What was asked of a training run, and where is that kept? In `run.json`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec

from agents.saved import Scalar, versions
from envs.bad_input import BadInput, one_line
from envs.file import read_bytes, write_bytes

ASKED = "run.json"
_CAP = 1 << 20  # bytes
_SEEDS = "seed-"
Positive = Annotated[float, msgspec.Meta(gt=0)]
Count = Annotated[int, msgspec.Meta(ge=0)]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


class Asked(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The `run.json` of a run.

    steps: environment steps of the agent's whole life, over which its schedules run. minutes: of training, after which
    it ends even before. evaluations, episodes: how often it is measured on the way, and on how many. settings: the
    preset's and those given over it. opponents: against whom it learns a game for several, as shares; empty for the
    random agent. tracked: the id under which wandb knows the run; empty where it does not.
    """

    format: int = 1
    agent: str
    env: str
    steps: Annotated[int, msgspec.Meta(ge=1)]
    minutes: Positive | None = None
    seed: int
    settings: dict[str, Scalar]
    opponents: str = ""
    evaluations: Count
    episodes: Annotated[int, msgspec.Meta(ge=1)]
    checkpoint_minutes: Positive
    tensorboard: bool = False
    tracked: str = ""
    started: str = msgspec.field(default_factory=_now)
    versions: dict[str, str] = msgspec.field(default_factory=versions)


def write_asked(folder: Path, asked: Asked) -> None:
    write_bytes(folder / ASKED, msgspec.json.format(msgspec.json.encode(asked), indent=2) + b"\n")


def read_asked(folder: Path) -> Asked:
    """Read the `run.json` of a folder. Raises BadInput that names the file and the fault."""
    if not (folder / ASKED).is_file():
        raise BadInput(f"{folder}: no training run here (no {ASKED})")
    data = read_bytes(folder / ASKED, _CAP)
    try:
        asked = msgspec.json.decode(data, type=Asked)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise BadInput(f"{folder / ASKED}: {one_line(error)}") from error
    if asked.format != 1:
        raise BadInput(f"{folder / ASKED}: format {asked.format} is newer than this gamelab reads (1)")
    return asked


def seed_folder(folder: Path, seed: int) -> Path:
    """Return where the run of one seed stands among those of several."""
    return folder / f"{_SEEDS}{seed}"


def runs_in(folder: Path) -> list[Path]:
    """Return the folders of the runs in it, one a seed and in their order; none where it is a run itself."""
    found = [path.parent for path in folder.glob(f"{_SEEDS}*/{ASKED}")]
    numbers = {run: run.name.removeprefix(_SEEDS) for run in found}
    return sorted((run for run in found if numbers[run].isdecimal()), key=lambda run: int(numbers[run]))
