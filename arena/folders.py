"""Where does a run go when nobody says?"""

from __future__ import annotations

from pathlib import Path


def free_folder(name: str) -> Path:
    """Return runs/NAME, in letters and digits, numbered where that is taken."""
    stem = "".join(mark if mark.isalnum() or mark == "_" else "-" for mark in name).strip("-")[:60]
    folder, number = Path("runs") / stem, 1
    while folder.exists():
        number += 1
        folder = Path("runs") / f"{stem}-{number}"
    return folder
