"""What is being looked at, and how? All that the window shows, and nothing about how it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from envs.bad_input import BadInput
from envs.game import Game
from replays.live import Live
from replays.playback import Playback
from replays.thinker import Thinker
from replays.viewer.held import Held
from replays.viewer.insight import Insight
from replays.viewer.opinions import Think
from replays.viewer.rest import Rest

PLAY, ANALYSE = "play", "analyse"


class Toast(NamedTuple):
    text: str
    milliseconds: int


class Session:
    """Somebody looks at an episode: at a recorded one, or at one being played.

    Args:
        source: either of them.
        title: who plays or what it is, in a few words, without the game.
        think: see `Opinions`.
        overlays: those shown at first.
        rest: see `Rest`.
        reload: reads the level's file again and returns the game with it; None: it is from no file.

    Attributes:
        mode: PLAY, where a person's keys go to the game and the last frame is shown, or ANALYSE.
        held: the keys that a person holds down, for a game that is played in real time.
        seat: the acting seat whose thoughts are shown.
        insight: what is thought, and which overlays are switched on.
        hover: the action under the mouse, or None.
    """

    def __init__(
        self,
        source: Live | Playback,
        title: str,
        think: Think | None = None,
        overlays: Iterable[str] = (),
        rest: int | None = None,
        reload: Callable[[], Game] | None = None,
    ) -> None:
        self.live = source if isinstance(source, Live) else None
        self.title = title
        self._recorded = source.playback if isinstance(source, Live) else source
        self.thinker = self.live.thinker if self.live else Thinker()
        self.mode = PLAY if self.live and self.live.persons else ANALYSE
        self.help = False
        self.held = Held()
        self.hover: int | None = None
        self.toast = Toast("", 0)
        self._seat = min(self.live.persons) if self.live and self.live.persons else 0
        self._at_once = False
        self.rest = Rest(self, rest)
        self._reload, self._think = reload, think
        self.insight = Insight(self, think)
        for name in overlays:
            self.insight.toggle(name)

    @property
    def game(self) -> Game:
        return self.live.game if self.live else self._recorded.game

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
    def in_play(self) -> bool:
        return self.mode == PLAY

    @property
    def real_time(self) -> bool:
        """Whether a person plays and time does not wait for them."""
        return self.in_play and self.game.pace > 0 and bool(self.game.button_keys)

    @property
    def picture(self) -> np.record:
        """What is to be seen at this moment: the frame shown, or how it goes on from there."""
        return self.playback.moment(self.live.chosen if self.live else None)

    @property
    def row(self) -> int:
        """Where the seat's entry stands in arrays over the acting seats."""
        return self.seat if self.game.acting > 1 else 0

    def say(self, text: str, seconds: float = 2.5) -> None:
        self.toast = Toast(text, round(seconds * 1000))

    def shown(self) -> tuple:
        """Return all that the window shows: where it is the same, the window need not be drawn anew."""
        return self.settled(), self.moving()

    def settled(self) -> tuple:
        """Return that part of it which changes when somebody does something, or something special happens."""
        playback, live = self.playback, self.live
        return (
            *(playback, playback.playing, playback.speed, playback.over),
            *(self.mode, self.seat, frozenset(self.insight.overlays), self.help, self.choice),
            self.toast.text if self.toast.milliseconds else "",
            live and (live.error, live.resigned, *live.persons),
        )

    def moving(self) -> tuple:
        """Return that part of it which changes all the time while a game runs."""
        playback, live, insight = self.playback, self.live, self.insight
        return (
            *(playback.position, playback.last, playback.between),
            live and tuple(live.thinking),
            playback.decision(playback.last) is not None,
            insight.opinions and insight.opinions.version,
        )

    # time

    def tick(self, milliseconds: int) -> None:
        """Let time pass: take in thoughts, move the frames, play what is due in a live game."""
        for about, answer in self.thinker.answers():
            for taker in (self.live, self.insight.opinions):
                if taker:
                    taker.take(about, answer)
        self.toast = Toast(self.toast.text, max(0, self.toast.milliseconds - milliseconds))
        if self.real_time and self.help:
            return  # nobody dies while they look for a key
        ran = self.playback.playing
        self.playback.advance(milliseconds)
        if self.live:
            self._play_on(self.live)
            if self.live.resigned >= 0:
                self.playback.pause()
            if self.live.over and ran and not self.playback.playing:
                self.rest.begin()
            self.rest.advance(milliseconds)

    def _play_on(self, live: Live) -> None:
        if self.in_play and not live.playback.at_end:
            live.playback.end()
        takes_turns = self.in_play and self.playback.playing and self.game.acting < self.game.seats
        if (self._at_once or takes_turns) and live.go():  # who plays a person answers without delay
            self._at_once = False
        self._press(live)
        while live.playback.due and live.go():
            live.playback.advance(0)
            self._press(live)

    def _press(self, live: Live) -> None:
        """In real time let persons choose what they hold, once the agents have chosen.

        When the ply is due; but where pictures between two plies are shown, before the first of them.
        """
        playback, waits_for = live.playback, live.waits_for
        at_once = playback.due or (playback.playing and self.game.moments > 1)
        if self.real_time and at_once and waits_for and live.persons.issuperset(waits_for):
            action = self.game.pressed(self.held.take(self.game.button_keys))
            for _ in waits_for:
                live.act(action)

    def press(self, key: str) -> None:
        """Hold down one of the game's keys."""
        self.rest.press()
        self.held.press(key)

    def step(self, frames: int) -> None:
        """Go so many frames on or back; at the end of a live game one more ply is played."""
        if frames > 0 and self.playback.at_end and self.live and not self.live.over:
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
        """Let a person choose an action, or say why it cannot be."""
        live = self.live
        if live is None:
            return
        if live.act(action):
            self.play_ply()
            self.playback.playing = True
        elif live.over:
            self.say("the game is over: Backspace begins a new one")
        elif not live.persons.isdisjoint(live.waits_for):
            self.say(self.game.fault(self.playback.state, action))
        elif self.game.acting < self.game.seats:
            self.say(f"{live.seats[self.seat].name} to move")

    @property
    def choice(self) -> int | None:
        """The action under the mouse where a person may choose it now, or None."""
        if self.hover is None or not self.live or not self.in_play or not self.playback.at_end:
            return None
        awaited = self.seat in self.live.persons and self.seat in self.live.waits_for
        return self.hover if awaited and self.legal[self.hover] else None

    @property
    def verdict(self) -> str:
        """How the game shown has ended, or nothing."""
        playback, replay = self.playback, self.playback.replay
        if self.live and self.live.resigned >= 0 and playback.at_end:
            return f"{self.game.seat_name(self.live.resigned)} resigns"
        if replay and replay.loser >= 0 and playback.at_end:
            return f"{self.game.seat_name(replay.loser)} lost: {replay.ending}"
        return self.game.verdict(playback.state)

    def new_episode(self, same_seed: bool) -> None:
        if self.live:
            last = self.playback.states[self.playback.last]
            onward = self.game.onward(last) if self.live.persons and not same_seed else None
            if onward:
                self._go_on_with(onward)
                return
            self.live.new_episode(same_seed)
            self._begin()
            if self.insight.opinions:
                self.insight.opinions.latest.clear()

    def _begin(self) -> None:
        self.playback.play()
        self.rest.end()
        self._at_once = False

    def reload(self) -> None:
        """Read the level's file again and begin the episode on it, or say what is wrong with it and go on."""
        if self.live is None or self._reload is None:
            self.say("nothing to reload: the level is from no file")
            return
        try:
            self._go_on_with(self._reload())
        except BadInput as error:
            self.say(str(error), 8)
            return
        self.say("the level's file was read again")

    def _go_on_with(self, game: Game) -> None:
        """Begin an episode of another game of the same seats."""
        if self.live:
            self.live.go_on_with(game)
            overlays, self.insight = self.insight.overlays, Insight(self, self._think)
            self.insight.overlays = overlays
            self._begin()

    # what the seat sees

    @property
    def observation(self) -> np.ndarray:
        """What the seat observes in the state shown."""
        return self.game.planes(self._observed()[0][0, self.row])

    @property
    def legal(self) -> np.ndarray:
        """Which actions the seat may choose there, int8 [actions]."""
        return self._observed()[1][0, self.row]

    def _observed(self) -> tuple[np.ndarray, np.ndarray]:
        here = np.array([self.playback.state], self.game.template.dtype).view(np.recarray)
        return self.game.observe(here)

    def close(self) -> None:
        if self.live:
            self.live.close()
        else:
            self.thinker.close()
