"""What do all tests run under? No window, no sound, no deadline; and a real display for those that ask."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator

# Before anything imports pygame, matplotlib or torch. Workers with many threads each get in each other's way.
os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import settings

# A shell starts what it puts in the background deaf to Ctrl-C, and all that the tests start would be deaf, too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

IN_CI = bool(os.environ.get("CI"))
WHERE = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/games"])  # there Debian puts GNU Go
TOOLS = {
    "needs_window": ("opens a real window", ("Xvfb", "xdotool")),
    "needs_gnugo": ("plays against GNU Go", ("gnugo",)),
}

# The first call of a kernel compiles it, so no example has a deadline. In CI a failure must repeat.
settings.register_profile("gamelab", deadline=None, derandomize=IN_CI)
settings.load_profile("gamelab")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "window" in getattr(item, "fixturenames", ()):
            item.add_marker("needs_window")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker, (why, tools) in TOOLS.items():
        missing = [tool for tool in tools if shutil.which(tool, path=WHERE) is None]
        if missing and item.get_closest_marker(marker):
            verdict = pytest.fail if IN_CI else pytest.skip
            verdict(f"{why}, and {' and '.join(missing)} is not installed")


@pytest.fixture(scope="module")
def window() -> Iterator[dict[str, str]]:
    """Give the environment of a subprocess that opens real windows: on a display of their own, 1280x960.

    No window manager runs there. `xdotool search --onlyvisible --class .` finds the window (SDL's titles are not
    found by --name), and it hears no key before `xdotool windowfocus`.
    """
    read, write = os.pipe()
    command = [
        "Xvfb",
        "-displayfd",
        str(write),
        "-screen",
        "0",
        "1280x960x24",
        "-nolisten",
        "tcp",
        "-noreset",
    ]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with open(read) as pipe:
            number = pipe.readline().strip()
        assert number, "Xvfb ended without opening a display"
        yield os.environ | {"DISPLAY": f":{number}", "SDL_VIDEODRIVER": "x11"}
    finally:
        server.terminate()
        server.wait(timeout=20)
