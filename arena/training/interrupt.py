"""What does Ctrl-C do to a training run?"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType


class Interrupt:
    """Notes Ctrl-C while an update is under way, so that what is kept is whole; a second one ends it at once."""

    def __init__(self) -> None:
        self.came = False
        self._at_once = False

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note it in here; in another thread than the main one nothing is to be noted."""
        before = signal.getsignal(signal.SIGINT)
        if current_thread() is not main_thread() or before is signal.SIG_IGN:
            yield
            return
        signal.signal(signal.SIGINT, self._note)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """In here there is nothing to spoil, so it need not wait."""
        self._at_once = True
        try:
            yield
        finally:
            self._at_once = False

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._at_once or self.came:
            raise KeyboardInterrupt
        self.came = True
        print("\nstopping after this update; Ctrl-C once more stops at once", file=sys.stderr)
