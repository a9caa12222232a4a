"""What does the agent think of a state, and of all the places where it might stand?"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from envs.game import Game
from envs.view import Decision
from replays import said
from replays.playback import Playback
from replays.thinker import Thinker

Think = Callable[[np.recarray, int], Decision | None]
_AT_ONCE = 64  # states asked about together, so that a move of the game never waits long
_KEPT = 128
_LARGEST = 32 * 1024  # bytes of a state of which there may be one for every place


class About(NamedTuple):
    """A question: the state in bytes, whose opinion, and of all its places or of this one."""

    state: bytes
    seat: int
    everywhere: bool


@dataclass
class Opinion:
    """States [P] and what is thought of them; no decision where the seat has no agent."""

    places: np.recarray
    decision: Decision | None


class Opinions:
    """Opinions asked for in a thinker's thread, remembered, and never waited for.

    What has been begun is brought to its end; of what is asked for meanwhile only the latest counts.

    Args:
        game: the rules.
        think: (states [P], seat) -> Decision [P], or None where the seat has no agent. Called in the thread.
        thinker: the one that the players of a live game use too, so that no agent runs twice at a time.
    """

    def __init__(self, game: Game, think: Think, thinker: Thinker) -> None:
        self.game, self.think, self._thinker = game, think, thinker
        self.error = ""
        self.version = 0  # counts what was learnt
        self.latest: dict[bool, Opinion] = {}  # by `everywhere`, to be shown until the next is known
        self._known: OrderedDict[About, Opinion] = OrderedDict()
        self._asked: dict[bool, About] = {}
        self._wanted: dict[bool, About] = {}

    @property
    def too_large(self) -> bool:
        """Whether the game's states are too large to have one for every place."""
        return self.game.template.nbytes > _LARGEST

    def of(self, state: np.record, seat: int, everywhere: bool) -> Opinion | None:
        """Return the opinion if it is known; else ask for it."""
        about = About(state.tobytes(), seat, everywhere)
        if about in self._known:
            self._known.move_to_end(about)
            self.latest[everywhere] = self._known[about]
            return self._known[about]
        if everywhere in self._asked:
            self._wanted[everywhere] = about
        elif not self.error:
            self._ask(about)
        return None

    def _ask(self, about: About) -> None:
        self._asked[about.everywhere] = about
        self._thinker.ask(about, partial(self._go_on, about, self._thinking(about)), urgent=False)

    def _go_on(self, about: About, work: Iterator[Opinion | None]) -> Opinion | None:
        """Do a part of the work, and have the rest done after what is urgent."""
        opinion = next(work)
        if opinion is None:
            self._thinker.ask(about, partial(self._go_on, about, work), urgent=False)
        return opinion

    def _thinking(self, about: About) -> Iterator[Opinion | None]:
        """Yield None after each part of the work, and the opinion at last."""
        places = np.frombuffer(about.state, self.game.template.dtype).copy().view(np.recarray)
        if about.everywhere:
            places = self.game.places(places[0], about.seat)
        parts = []
        for first in range(0, len(places), _AT_ONCE):
            parts.append(self.think(places[first : first + _AT_ONCE].view(np.recarray), about.seat))
            yield None
        known = [part for part in parts if part is not None]
        yield Opinion(places, Decision.joined(known) if known else None)

    def take(self, about: Hashable, answer: Any) -> None:
        """Take in one answer of the thinker: nothing as yet, the opinion, or why there is none."""
        if not isinstance(about, About) or answer is None or self._asked.get(about.everywhere) != about:
            return
        self.version += 1
        del self._asked[about.everywhere]
        wanted = self._wanted.pop(about.everywhere, None)
        if isinstance(answer, Exception):
            self.error = f"{type(answer).__name__}: {answer}"
            return
        self._known[about] = self.latest[about.everywhere] = answer
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        if wanted and wanted not in self._known:
            self._ask(wanted)


def recorded(playback: Playback, row: int, name: str) -> Opinion | None:
    """Return what one acting seat thought in the frames up to the one shown, for want of an agent to ask."""
    known = {
        frame: decision
        for frame in range(playback.position + 1)
        if (decision := playback.decision(frame)) is not None and says(decision, row, name)
    }
    if not known:
        return None
    field = np.stack([getattr(decision, name)[row] for decision in known.values()])
    actions = np.array([decision.actions[row] for decision in known.values()])
    return Opinion(playback.states[list(known)].view(np.recarray), Decision(actions, **{name: field}))


def says(decision: Decision, row: int, *names: str) -> bool:
    """Return whether the decision has any of these fields, or anything, for that row."""
    fields = {name: getattr(decision, name) for name in names or said.FIELDS}
    return any(field is not None and said.speaks(name, field[row]) for name, field in fields.items())
