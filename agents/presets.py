"""Which settings are known to work for an algorithm on an environment?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from agents.task import Task
from envs.spec import parse_spec

_FOLDER = Path(__file__).parent / "presets"


def preset(algorithm: str, task: Task) -> dict[str, Any]:
    """Return the settings, and `n_timesteps`, of the most particular entry that fits; empty where none does.

    An entry fits where the environment has its name and all its settings: `gridworld:level=cliff` also fits
    the cliff with slip.
    """
    path = _FOLDER / f"{algorithm}.yml"
    entries = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    identity = task.identity
    name, settings = identity.get("game") or identity["gymnasium"], identity["kwargs"].items()
    fitting = []
    for spec, found in entries.items():
        wanted, wanted_settings = parse_spec(spec)
        if wanted == name and wanted_settings.items() <= settings:
            fitting.append((len(wanted_settings), found))
    return dict(max(fitting, key=lambda entry: entry[0])[1]) if fitting else {}
