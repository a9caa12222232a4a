"""How is a program ended, with all that it started, once nobody holds it any more?

`python leash.py HELD COMMAND...` starts the command on its own standard streams, in a session of its own, and says
through the socket HELD that it runs ("0") or why not (the number of the error). It ends with the command's exit status,
and when the other end of the socket closes, which happens even where its owner is killed, it kills the command.
Either way nothing that the command started lives on, not even what left its process group.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from threading import Thread

_DIE_WITH_PARENT, _ADOPT_ORPHANS = 1, 36  # PR_SET_PDEATHSIG and PR_SET_CHILD_SUBREAPER of Linux's prctl(2)


def main(held: socket.socket, command: list[str]) -> int:
    """Run the command to its end, or until it is let go. Returns its status as a shell does: 128 + signal."""
    on_linux(_ADOPT_ORPHANS, 1)
    try:
        child = subprocess.Popen(
            command,
            start_new_session=True,
            preexec_fn=lambda: on_linux(_DIE_WITH_PARENT, signal.SIGKILL),  # noqa: PLW1509 (no thread runs yet)
        )
    except OSError as error:
        held.sendall(b"%d" % (error.errno or -1))
        return 1
    for ending in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(ending, lambda *_: kill_group(child.pid))
    for stream in range(3):  # else the owner would not see the command close them
        os.dup2(os.open(os.devnull, os.O_RDWR), stream)
    with suppress(OSError):  # of an owner that has gone meanwhile
        held.sendall(b"0")
    Thread(target=until_let_go, args=(held, child.pid), daemon=True).start()
    status = child.wait()
    kill_group(child.pid)
    kill_orphans()
    return status if status >= 0 else 128 - status


def until_let_go(held: socket.socket, group: int) -> None:
    with suppress(OSError):
        held.recv(1)
    kill_group(group)


def on_linux(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def kill_group(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def kill_orphans() -> None:
    """Kill what the command started in other groups: on Linux it is ours now, and its children with it."""
    children = f"/proc/self/task/{os.getpid()}/children"
    with suppress(FileNotFoundError, ChildProcessError):
        while True:
            with open(children) as file:
                for orphan in file.read().split():
                    os.kill(int(orphan), signal.SIGKILL)
            os.waitpid(-1, 0)


if __name__ == "__main__":
    status = main(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
    os._exit(status)  # the thread still listens
