"""What is being looked at, and how? All that the window shows, and nothing about how it is drawn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from envs.view import Decision
from replays.live import Live
from replays.playback import Playback
from replays.thinker import Thinker
from replays.viewer.opinions import THOUGHTS, Opinion, Opinions, Think, recorded, says

PLAY, ANALYSE = "play", "analyse"
OVERLAYS = ("policy", "value", "visits", "legal", "network", "q")  # in the order of the keys 1 to 6
_ON_BOARD = ("value", "visits", "legal", "q", "policy")  # in the order in which they are drawn
_EITHER = ({"value", "visits"}, {"policy", "q"})  # of which one is shown at a time


class Toast(NamedTuple):
    text: str
    milliseconds: int


class Session:
    """Somebody looks at an episode: at a recorded one, or at one being played.

    Args:
        source: either of them.
        title: what it is, in a few words.
        think: see `Opinions`.
        overlays: those shown at first.
        rest: milliseconds from the end of a live episode to the next one; None: it waits for a key.

    Attributes:
        mode: PLAY, where a person's keys go to the game and the last frame is shown, or ANALYSE.
        seat: the acting seat whose thoughts are shown.
    """

    def __init__(
        self,
        source: Live | Playback,
        title: str,
        think: Think | None = None,
        overlays: Iterable[str] = (),
        rest: int | None = None,
    ) -> None:
        self.live = source if isinstance(source, Live) else None
        self.title, self.game = title, source.game
        self._recorded = source.playback if isinstance(source, Live) else source
        self.thinker = self.live.thinker if self.live else Thinker()
        self.opinions = Opinions(self.game, think, self.thinker) if think else None
        self.mode = PLAY if self.live and self.live.persons else ANALYSE
        self.overlays: set[str] = set()
        self.help = False
        self.toast = Toast("", 0)
        self._seat = min(self.live.persons) if self.live and self.live.persons else 0
        self._at_once = False
        self._rest = rest
        self._rested: int | None = None  # milliseconds since the live episode shown came to its end
        for name in overlays:
            self.toggle(name)

    @property
    def playback(self) -> Playback:
        return self.live.playback if self.live else self._recorded

    @property
    def seat(self) -> int:
        return self._seat if self.game.acting > 1 else int(self.playback.state.to_move)

    @seat.setter
    def seat(self, seat: int) -> None:
        self._seat = seat

    @property
    def row(self) -> int:
        """Where the seat's entry stands in arrays over the acting seats."""
        return self.seat if self.game.acting > 1 else 0

    def say(self, text: str, seconds: float = 2.5) -> None:
        self.toast = Toast(text, round(seconds * 1000))

    def shown(self) -> tuple:
        """Return all that the window shows: where it is the same, the window need not be drawn anew."""
        playback, live, opinions = self.playback, self.live, self.opinions
        return (
            *(playback, playback.position, playback.last, playback.playing, playback.speed),
            *(self.mode, self.seat, frozenset(self.overlays), self.help),
            self.toast.text if self.toast.milliseconds else "",
            live and (live.error, *live.persons, "", *live.thinking),
            playback.decision(playback.last) is not None,
            opinions and opinions.version,
        )

    # time

    def tick(self, milliseconds: int) -> None:
        """Let time pass: take in thoughts, move the frames, play what is due in a live game."""
        for about, answer in self.thinker.answers():
            for taker in (self.live, self.opinions):
                if taker:
                    taker.take(about, answer)
        self.toast = Toast(self.toast.text, max(0, self.toast.milliseconds - milliseconds))
        ran = self.playback.playing
        self.playback.advance(milliseconds)
        if self.live:
            self._play_on(self.live)
            if self.playback.over and ran and not self.playback.playing:
                self._rested = 0
            self._go_to_next(milliseconds)

    def _play_on(self, live: Live) -> None:
        if self.mode == PLAY and not live.playback.at_end:
            live.playback.end()
        if self._at_once and live.go():
            self._at_once = False
        while live.playback.due and live.go():
            live.playback.advance(0)

    def _go_to_next(self, milliseconds: int) -> None:
        """Begin the next episode after a rest, while nobody looks around in this one."""
        if self._rest is None or self._rested is None or self.help or not self.playback.at_end:
            return
        self._rested += milliseconds
        if self._rested >= self._rest:
            self.new_episode(same_seed=False)

    def stir(self) -> None:
        """Somebody did something: a rest that has begun begins anew."""
        self._rested = self._rested and 0

    def step(self, frames: int) -> None:
        """Go so many frames on or back; at the end of a live game one more ply is played."""
        if frames > 0 and self.playback.at_end and self.live and not self.playback.over:
            self.playback.pause()
            self.play_ply()
        else:
            self.playback.step(frames)
            self.look_back()

    def look_back(self) -> None:
        """Analyse, if another frame than the last was gone to."""
        if not self.playback.at_end:
            self.mode = ANALYSE

    def play_ply(self) -> None:
        """Play the next ply of the live game, now or as soon as all seats have chosen, whatever the speed."""
        self.playback.end()
        self._at_once = not (self.live and self.live.go())

    # a live game

    def act(self, action: int) -> None:
        """Let a person choose an action."""
        if self.live and self.live.act(action):
            self.play_ply()
            self.playback.playing = True
        elif self.live and self.live.waits_for and not self.live.persons.isdisjoint(self.live.waits_for):
            self.say(f"{self.game.action_names[action]} is not legal here")

    def new_episode(self, same_seed: bool) -> None:
        if self.live:
            self.live.new_episode(same_seed)
            self.playback.play()
            self._rested, self._at_once = None, False
            if self.opinions:
                self.opinions.latest.clear()

    # what is thought

    def toggle(self, name: str) -> None:
        """Show an overlay or hide it, or say why it cannot be."""
        if name in self.overlays:
            self.overlays.discard(name)
        elif fault := self._lacks(name):
            self.say(fault)
        else:
            for group in _EITHER:
                self.overlays -= group if name in group else set()
            self.overlays.add(name)

    def _lacks(self, name: str) -> str:
        """Return why that overlay cannot be shown, or nothing."""
        if name in ("legal", "network"):
            return ""
        if name not in self.game.overlays:
            return f"{self.game.name} has no picture of {name}"
        return self._unknown(name) if name in THOUGHTS else ""

    def _unknown(self, name: str) -> str:
        """Return why nobody says what is thought, or nothing."""
        if self.live and self.live.players[self.seat] is None:
            return f"no agent sits here whose {name} could be shown"
        if self.opinions and self.opinions.too_large:
            return "the board is too large to ask about every place"
        if self.opinions and self.opinions.error:
            return f"the agent failed: {self.opinions.error}"
        if self.live or self.opinions or recorded(self.playback, self.row, name):
            return ""
        return f"nobody's {name} is in this recording"

    @property
    def observation(self) -> np.ndarray:
        """What the seat observes in the state shown."""
        return self._observed()[0][0, self.row]

    @property
    def legal(self) -> np.ndarray:
        """Which actions the seat may choose there, int8 [actions]."""
        return self._observed()[1][0, self.row]

    def _observed(self) -> tuple[np.ndarray, np.ndarray]:
        here = np.array([self.playback.state], self.game.template.dtype).view(np.recarray)
        return self.game.observe(here)

    def pictures(self) -> list[tuple[str, Opinion]]:
        """Return what to draw over the board: names of overlays, states and what is thought of them."""
        drawn = []
        for name in (name for name in _ON_BOARD if name in self.overlays & set(self.game.overlays)):
            opinion = self._opinion(name)
            if opinion and (name not in THOUGHTS or getattr(opinion.decision, name, None) is not None):
                drawn.append((name, opinion))
        return drawn

    def _opinion(self, name: str) -> Opinion | None:
        states, position = self.playback.states, self.playback.position
        if name not in THOUGHTS:
            first = position if name == "legal" else 0
            return Opinion(states[first : position + 1].view(np.recarray), None)
        if self.opinions is None:
            return recorded(self.playback, self.row, name)
        return self._asked(True)

    def _asked(self, everywhere: bool) -> Opinion | None:
        """Return the agent's opinion: the one before while it thinks, or the picture would flicker."""
        if self.opinions is None:
            return None
        opinion = self.opinions.of(self.playback.state, self.seat, everywhere)
        return opinion or self.opinions.latest.get(everywhere)

    def decision(self) -> tuple[Decision, int] | None:
        """Return what is thought of the frame shown, and the row of it that is the seat's."""
        playback = self.playback
        if playback.state.status:
            return None
        said = playback.decision(playback.position)
        if said is None and self.live and playback.at_end and self.seat not in self.live.persons:
            said = playback.decision(playback.position - 1)  # until it has thought again: no flicker
        if said is not None and says(said, self.row):
            return said, self.row
        if self.opinions is None or (self.mode == PLAY and self.overlays.isdisjoint(THOUGHTS)):
            return None  # nobody wants to be told what to play
        opinion = self._asked(False)
        return (opinion.decision, 0) if opinion and opinion.decision else None

    def close(self) -> None:
        if self.live:
            self.live.close()
        else:
            self.thinker.close()
