"""How is a program that speaks GTP asked, within a deadline and whatever it does?

Go Text Protocol 2 (Farnebäck 2002, draft 2): one command a line, `ID command arguments`; an answer is `=ID text` or
`?ID why not`, ended by an empty line.
"""

from __future__ import annotations

import errno
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic

from agents.agent import BrokeDown, Void

MAX_ANSWER = 1 << 16  # bytes
_LEASH = Path(__file__).with_name("leash.py")
_ENDING = 5.0  # seconds; killing takes some milliseconds
_TAIL = 4096  # bytes of standard error that are kept
_FAULTS_OF_OURS = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)
_SIGNALS = {number.value: number.name for number in signal.Signals}
_ANSWER = re.compile(r"([=?])(\d*)(?: +(.*))?", re.DOTALL)
_CONTROLS = {code: None for code in (*range(32), 127) if chr(code) not in "\t\n"} | {ord("\t"): " "}


class Refused(BrokeDown):
    """The engine answered `?`, and lives."""


class Engine:
    """A program that speaks GTP, as a child process that cannot outlive this one.

    After a BrokeDown other than Refused it has been killed. Its standard error is read away; the last line of it
    stands in the reason where it ended by itself.

    Args:
        command: program and arguments; no shell reads them.
        seconds: until it runs.

    Raises:
        BrokeDown: there is no such program, or it is none.
        Void: this machine has no room for another process.
    """

    def __init__(self, command: Sequence[str], seconds: float) -> None:
        self._asked = 0
        self._heard, self._complaint = bytearray(), b""
        try:
            self._start(command, seconds)
        except OSError as error:
            fault = f"cannot be started: {error.strerror or error}"
            raise (Void if error.errno in _FAULTS_OF_OURS else BrokeDown)(fault) from error

    def _start(self, command: Sequence[str], seconds: float) -> None:
        self._hold, held = socket.socketpair()
        self._hold.settimeout(seconds)
        with held:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_LEASH), str(held.fileno()), *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                pass_fds=[held.fileno()],
                start_new_session=True,
            )
        assert self._process.stdin and self._process.stdout and self._process.stderr
        self._in, self._out, self._err = self._process.stdin, self._process.stdout, self._process.stderr
        self._streams = selectors.DefaultSelector()
        for stream in (self._out, self._err):
            self._streams.register(stream, selectors.EVENT_READ)
        if fault := self._why_it_does_not_run():
            self.kill()
            raise OSError(fault, os.strerror(fault))

    def _why_it_does_not_run(self) -> int:
        """Return the number of the error, or 0; where the leash says nothing, this machine is too busy for it."""
        try:
            return int(self._hold.recv(16) or errno.EAGAIN)
        except TimeoutError:
            return errno.EAGAIN

    @property
    def alive(self) -> bool:
        """Whether it has not been killed yet. It may have ended by itself."""
        return self._hold.fileno() >= 0

    def ask(self, command: str, seconds: float) -> str:
        """Send a command and return the answer to it. Raises Refused or BrokeDown."""
        try:
            mark, text = self._answer(command, seconds)
        except BrokeDown:
            self.kill()
            raise
        if mark == "?":
            raise Refused(f"refused {command!r}: {' '.join(text.split())[:80]}")
        return text

    def _answer(self, command: str, seconds: float) -> tuple[str, str]:
        deadline = monotonic() + seconds
        self._listen(0)
        if early := self._heard.strip():
            raise BrokeDown(f"spoke before it was asked: {bytes(early[:40])!r}")
        self._heard.clear()
        self._asked += 1
        with suppress(BrokenPipeError):  # `_listen` will tell
            self._in.write(f"{self._asked} {command}\n".encode())
        while (end := self._heard.find(b"\n\n")) < 0:
            if len(self._heard) > MAX_ANSWER:
                raise BrokeDown(f"answered {command!r} with more than {MAX_ANSWER >> 10} KiB")
            if (left := deadline - monotonic()) <= 0:
                raise BrokeDown(f"did not answer {command!r} in {seconds:g} s")
            if self._out not in self._open:
                raise BrokeDown(self._how_it_ended())
            self._listen(left)
        answer = bytes(self._heard[:end])
        del self._heard[: end + 2]
        return self._read(command, answer)

    def _read(self, command: str, answer: bytes) -> tuple[str, str]:
        """Return the mark, `=` or `?`, and the text."""
        try:
            text = answer.decode().translate(_CONTROLS)
        except UnicodeDecodeError:
            raise BrokeDown(f"answered {command!r} with what is not UTF-8") from None
        found = _ANSWER.fullmatch(text)
        if found is None:
            raise BrokeDown(f"answered {command!r} with {text[:40]!r}")
        mark, number, rest = found.groups("")
        if number != str(self._asked):
            raise BrokeDown(f"answered {command!r} under the number {number or 'none'}, not {self._asked}")
        return mark, rest.strip()

    @property
    def _open(self) -> list:
        """The streams that it has not closed."""
        return [key.fileobj for key in self._streams.get_map().values()]

    def _listen(self, seconds: float) -> None:
        """Take in what it says, waiting so long for it."""
        for key, _ in self._streams.select(seconds):
            data = os.read(key.fd, 1 << 16)
            if not data:
                self._streams.unregister(key.fileobj)
            elif key.fileobj is self._out:
                self._heard = (self._heard + data.replace(b"\r", b"")).lstrip(b"\n")
            else:
                self._complaint = (self._complaint + data)[-_TAIL:]

    def _how_it_ended(self) -> str:
        try:
            status = self._process.wait(_ENDING / 5)
        except subprocess.TimeoutExpired:
            return "closed its output and lived on"
        while self._open and self._streams.select(0):
            self._listen(0)
        how = f"signal {_SIGNALS[status - 128]}" if status - 128 in _SIGNALS else f"exit status {status}"
        said = self._complaint.decode(errors="replace").split("\n")
        last = next((line for line in reversed(said) if line.strip()), "")
        return f"ended with {how}" + (f" and said {last.strip()[:120]!r}" if last else "")

    def close(self, seconds: float) -> None:
        """Ask it to quit, and kill it where it has not after so many seconds."""
        if not self.alive:
            return
        deadline = monotonic() + seconds
        with suppress(OSError):
            self._in.write(b"%d quit\n" % (self._asked + 1))
            self._in.close()
        while self._open and (left := deadline - monotonic()) > 0:
            self._listen(left)
            self._heard.clear()  # nobody wants it, and it may be endless
        self.kill()

    def kill(self) -> None:
        """End it and all that it started. Once is enough."""
        self._hold.close()
        try:
            self._process.wait(_ENDING)
        except subprocess.TimeoutExpired:
            self._process.kill()
        for stream in (self._in, self._out, self._err):
            stream.close()
        self._streams.close()
