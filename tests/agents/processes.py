"""Which processes that a test has started are still there?"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def none_left() -> Iterator[Callable[[], list[str]]]:
    """Give a function that lists the processes started from here on, by what stands in their environment.

    At the end there must be none.
    """
    mark = f"GAMELAB_TEST={os.getpid()}/{time.monotonic_ns()}"

    def processes() -> list[str]:
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                    found.append((folder / "cmdline").read_text().replace("\0", " "))
            except OSError:
                continue  # it has ended, or is somebody else's
        return [line for line in found if "resource_tracker" not in line]  # Python's own, which ends with it

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(*mark.split("="))
        yield processes
    assert not processes()


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)
