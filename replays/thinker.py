"""How does something think for long without anybody waiting for it?"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterator
from contextlib import suppress
from itertools import count
from queue import Empty, PriorityQueue, SimpleQueue
from threading import Thread
from typing import Any

_FIRST, _SECOND, _LAST = range(3)
_CLOSING = 1.0  # seconds to wait for a thought when closing; it cannot hold up the end of the program


class Thinker:
    """One thread that answers questions one after the other, so that whoever asks never waits."""

    def __init__(self) -> None:
        self._questions: PriorityQueue = PriorityQueue()
        self._answers: SimpleQueue = SimpleQueue()
        self._numbers = count()
        self._closed = False
        self._thread = Thread(target=self._think, name="thinker", daemon=True)
        self._thread.start()

    def ask(self, about: Hashable, question: Callable[[], Any], urgent: bool = True) -> None:
        """Have a question answered in turn, the urgent ones first; a question may ask the next."""
        if not self._closed:
            self._questions.put((_FIRST if urgent else _SECOND, next(self._numbers), about, question))

    def answers(self) -> Iterator[tuple[Hashable, Any]]:
        """Yield what was asked about, and the answer or the exception, for all that was thought meanwhile."""
        while not self._answers.empty():
            yield self._answers.get()

    def close(self) -> None:
        """Drop what is still to be answered and end the thread."""
        self._closed = True
        with suppress(Empty):
            while True:
                self._questions.get_nowait()
        self.finish(_CLOSING)

    def finish(self, seconds: float) -> None:
        """Answer all that was asked, within so many seconds, and end the thread."""
        self._questions.put((_LAST, next(self._numbers), None, None))
        self._thread.join(seconds)

    def _think(self) -> None:
        while True:
            _, _, about, question = self._questions.get()
            if question is None:
                return
            try:
                self._answers.put((about, question()))
            except Exception as error:  # an agent may fail in any way; the window has to say so and live on
                if not self._closed:
                    logging.getLogger(__name__).error("thinking failed", exc_info=error)
                self._answers.put((about, error))
