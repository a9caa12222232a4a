"""What is thought of the frame shown, and what of that is drawn over the board?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from envs.game import Game
from envs.view import Decision
from replays.viewer.opinions import Opinion, Opinions, Think, recorded, says

if TYPE_CHECKING:
    from replays.viewer.session import Session

# In the order of the keys 1 to 9.
OVERLAYS = ("policy", "value", "visits", "legal", "network", "q", "hitboxes", "window", "owner")
_ON_BOARD = (
    "owner",
    "value",
    "visits",
    "legal",
    "q",
    "window",
    "hitboxes",
    "policy",
)  # as they are drawn, one over another
_EITHER = ({"value", "visits"}, {"policy", "q"})  # of which one is shown at a time, where they are maps
_MOVES = {"policy", "value", "visits", "q"}  # of which one is shown at a time, where they are none
_THOUGHTS = _MOVES | {"owner"}
_ALWAYS = {"legal", "network"}  # of any game, on the board or beside it


class Insight:
    """What the agents think of what a session looks at: as they said in the game, or asked for now.

    Args:
        session: the one that looks.
        think: see `Opinions`; None: nobody can be asked.

    Attributes:
        overlays: those that are switched on.
    """

    def __init__(self, session: Session, think: Think | None) -> None:
        self.session = session
        self.opinions = Opinions(session.game, think, session.thinker) if think else None
        self.overlays: set[str] = set()

    @property
    def game(self) -> Game:
        return self.session.game

    @property
    def offered(self) -> list[str]:
        """The overlays that the game can show, in the order of their keys."""
        return [name for name in OVERLAYS if name in _ALWAYS or name in self.game.overlays]

    def toggle(self, name: str) -> None:
        """Show an overlay or hide it, or say why it cannot be."""
        if name in self.overlays:
            self.overlays.discard(name)
        elif fault := self._lacks(name):
            self.session.say(fault)
        else:
            for group in _EITHER if self.game.maps else [_MOVES]:
                self.overlays -= group if name in group else set()
            self.overlays.add(name)

    def _lacks(self, name: str) -> str:
        """Return why that overlay cannot be shown, or nothing."""
        if name not in self.offered:
            return f"{self.game.name} has no picture of {name}"
        return self._unknown(name) if self._is_thought(name) else ""

    def _counts_places(self, name: str) -> bool:
        """Return whether that overlay shows where somebody has been, and nothing that is thought."""
        return name == "visits" and self.game.maps

    def _is_thought(self, name: str) -> bool:
        return name in _THOUGHTS and not self._counts_places(name)

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
            if opinion and (not self._is_thought(name) or getattr(opinion.decision, name, None) is not None):
                drawn.append((name, opinion))
        return drawn

    def _opinion(self, name: str) -> Opinion | None:
        playback = self.session.playback
        so_far = playback.states[: playback.position + 1].view(np.recarray)
        if self._counts_places(name):
            return Opinion(so_far, None)
        if not self.game.maps or name not in _THOUGHTS:
            decision = self._of_this_state() if name in _THOUGHTS else None
            return Opinion(so_far[-1:].view(np.recarray), decision)
        if self.opinions is None:
            return recorded(playback, self.session.row, name)
        return self._asked(True)

    def _of_this_state(self) -> Decision | None:
        """Return what is thought of the very state shown, for this one game."""
        session, said = self.session, self._said()
        if said is not None and says(said, session.row):
            return said.part(session.row, session.row + 1)
        answered = session.live and session.seat in session.live.thinking  # or will be, without asking again
        if self.opinions is None or answered or session.playback.state.status:
            return None
        opinion = self.opinions.of(session.playback.state, session.seat, False)
        return opinion.decision if opinion else None

    def _said(self) -> Decision | None:
        """Return what was said of the frame shown; of the one before until an agent has thought: no flicker."""
        session, playback, live = self.session, self.session.playback, self.session.live
        said = playback.decision(playback.position)
        alone = self.game.acting == self.game.seats and live and session.seat not in live.persons
        if said is None and alone and playback.at_end and not playback.over:
            return playback.decision(playback.position - 1)
        return said

    def _asked(self, everywhere: bool) -> Opinion | None:
        """Return the agent's opinion: the one before while it thinks, or the picture would flicker."""
        if self.opinions is None:
            return None
        opinion = self.opinions.of(self.session.playback.state, self.session.seat, everywhere)
        return opinion or self.opinions.latest.get(everywhere)

    def decision(self) -> tuple[Decision, int] | None:
        """Return what is thought of the frame shown, and the row of it that is the seat's."""
        session = self.session
        if session.playback.state.status:
            return None
        said = self._said()
        if said is not None and says(said, session.row):
            return said, session.row
        if self.opinions is None or (session.in_play and self.overlays.isdisjoint(_THOUGHTS)):
            return None  # nobody wants to be told what to play
        if not self.game.maps:
            here = self._of_this_state()
            return (here, 0) if here else None
        opinion = self._asked(False)
        return (opinion.decision, 0) if opinion and opinion.decision else None
