"""What is thought of the frame shown, and what of that is drawn over the board?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from envs.view import Decision
from replays.viewer.opinions import Opinion, Opinions, Think, one_row, recorded, says

if TYPE_CHECKING:
    from replays.viewer.session import Session

OVERLAYS = ("policy", "value", "visits", "legal", "network", "q")  # in the order of the keys 1 to 6
_ON_BOARD = ("value", "visits", "legal", "q", "policy")  # in the order in which they are drawn
_EITHER = ({"value", "visits"}, {"policy", "q"})  # of which one is shown at a time, where they are maps
_THOUGHTS = {"policy", "value", "visits", "q"}


class Insight:
    """What the agents think of what a session looks at: as they said in the game, or asked for now.

    Args:
        session: the one that looks.
        think: see `Opinions`; None: nobody can be asked.

    Attributes:
        overlays: those that are switched on.
    """

    def __init__(self, session: Session, think: Think | None) -> None:
        self.session, self.game = session, session.game
        self.opinions = Opinions(session.game, think, session.thinker) if think else None
        self.overlays: set[str] = set()

    def toggle(self, name: str) -> None:
        """Show an overlay or hide it, or say why it cannot be."""
        if name in self.overlays:
            self.overlays.discard(name)
        elif fault := self._lacks(name):
            self.session.say(fault)
        else:
            for group in _EITHER if self.game.maps else [_THOUGHTS]:
                self.overlays -= group if name in group else set()
            self.overlays.add(name)

    def _lacks(self, name: str) -> str:
        """Return why that overlay cannot be shown, or nothing."""
        if name in ("legal", "network"):
            return ""
        if name not in self.game.overlays:
            return f"{self.game.name} has no picture of {name}"
        return "" if self._counts_places(name) else self._unknown(name)

    def _counts_places(self, name: str) -> bool:
        """Return whether that overlay shows where somebody has been, and nothing that is thought."""
        return name == "visits" and self.game.maps

    def _unknown(self, name: str) -> str:
        """Return why nobody says what is thought, or nothing."""
        session = self.session
        if session.live and not any(session.live.players):
            return f"no agent sits here whose {name} could be shown"
        if self.opinions and self.opinions.too_large and self.game.maps:
            return "the board is too large to ask about every place"
        if self.opinions and self.opinions.error:
            return f"the agent failed: {self.opinions.error}"
        if session.live or self.opinions:
            return ""
        said = any(says(decision, session.row, name) for decision in session.playback.decisions)
        return "" if said else f"nobody's {name} is in this recording"

    def pictures(self) -> list[tuple[str, Opinion]]:
        """Return what to draw over the board: names of overlays, states and what is thought of them."""
        drawn = []
        for name in (name for name in _ON_BOARD if name in self.overlays & set(self.game.overlays)):
            opinion = self._opinion(name)
            known = name == "legal" or self._counts_places(name)
            if opinion and (known or getattr(opinion.decision, name, None) is not None):
                drawn.append((name, opinion))
        return drawn

    def _opinion(self, name: str) -> Opinion | None:
        playback = self.session.playback
        so_far = playback.states[: playback.position + 1].view(np.recarray)
        if self._counts_places(name):
            return Opinion(so_far, None)
        if not self.game.maps:
            return Opinion(so_far[-1:].view(np.recarray), None if name == "legal" else self._of_this_state())
        if self.opinions is None:
            return recorded(playback, self.session.row, name)
        return self._asked(True)

    def _of_this_state(self) -> Decision | None:
        """Return what is thought of the very state shown, for this one game."""
        session = self.session
        said = session.playback.decision(session.playback.position)
        if said is not None and says(said, session.row):
            return one_row(said, session.row)
        answered = session.live and session.seat in session.live.thinking  # or will be, without asking again
        if self.opinions is None or answered or session.playback.state.status:
            return None
        opinion = self.opinions.of(session.playback.state, session.seat, False)
        return opinion.decision if opinion else None

    def _asked(self, everywhere: bool) -> Opinion | None:
        """Return the agent's opinion: the one before while it thinks, or the picture would flicker."""
        if self.opinions is None:
            return None
        opinion = self.opinions.of(self.session.playback.state, self.session.seat, everywhere)
        return opinion or self.opinions.latest.get(everywhere)

    def decision(self) -> tuple[Decision, int] | None:
        """Return what is thought of the frame shown, and the row of it that is the seat's."""
        session, playback, live = self.session, self.session.playback, self.session.live
        if playback.state.status:
            return None
        said = playback.decision(playback.position)
        alone = self.game.acting == self.game.seats and live and session.seat not in live.persons
        if said is None and alone and playback.at_end:
            said = playback.decision(playback.position - 1)  # until it has thought again: no flicker
        if said is not None and says(said, session.row):
            return said, session.row
        if self.opinions is None or (session.in_play and self.overlays.isdisjoint(_THOUGHTS)):
            return None  # nobody wants to be told what to play
        if not self.game.maps:
            here = self._of_this_state()
            return (here, 0) if here else None
        opinion = self._asked(False)
        return (opinion.decision, 0) if opinion and opinion.decision else None
