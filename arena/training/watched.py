"""How does one watch an agent while it is still learning? A window of its own plays the newest one kept."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agents.task import Task
from envs.bad_input import BadInput

_PATIENCE = 5.0  # seconds in which the window may close


def check_watchable(task: Task) -> None:
    """Raise BadInput where there is nothing to see."""
    from replays.viewer import has_screen

    if task.game is None:
        raise BadInput(f"{task.spec}: only games of the lab can be watched; leave out --watch")
    if not has_screen():
        raise BadInput("no screen here to open a window on; leave out --watch")


@contextmanager
def watched(folder: Path, task: Task) -> Iterator[None]:
    """Show the agent in the folder, as `gamelab watch --follow` does, until learning has ended."""
    check_watchable(task)
    program = [sys.executable, "-c", "from arena.cli import main; main()"]
    command = [*program, "watch", os.path.join(".", folder), "--follow"]
    window = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, start_new_session=True
    )  # Ctrl-C is for us alone
    try:
        yield
    finally:
        window.terminate()
        try:
            window.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            window.kill()
