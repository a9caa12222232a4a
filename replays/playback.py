"""Which frame of an episode is shown, and which comes next?"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from envs.game import PLAYING, Game
from envs.view import Decision
from replays import said
from replays.events import find_events

if TYPE_CHECKING:
    from replays.ghosts import Ghost
    from replays.replay import Replay

SPEEDS = (1, 2, 4, 8, 15, 30, 60)  # frames a second, and the game's own pace
_USUAL = 8
_BEHIND = 100  # milliseconds that are made up for where the next frame of a game that goes on came late
_FRAME = 1000  # what is owed is counted in thousandths of a frame: milliseconds times frames a second


class Playback:
    """The frames of one episode, first to last, and where somebody who looks at them stands.

    Frame k shows the state after k plies. A live game adds frames at the end while they are looked at, and
    `position` goes along unless somebody has stepped back. Time is counted in whole milliseconds, so that the
    frame shown depends on how much time passed and not on how often it was asked.

    Args:
        game: the rules that made the states.
        states: records [frames], at least one.
        actions: int64 [frames - 1, acting]; ply k leads from frame k to frame k + 1.
        decisions: frame -> what was thought there, arrays over the acting seats, with `said.silence` where one
            said nothing.
        names: of the seats.
        replay: that the frames are from, if they are.
        ghosts: others who played the same episode.
    """

    def __init__(
        self,
        game: Game,
        states: np.recarray,
        actions: Sequence[Sequence[int]] | np.ndarray = (),
        decisions: dict[int, Decision] | None = None,
        names: Sequence[str] = (),
        replay: Replay | None = None,
        ghosts: Sequence[Ghost] = (),
    ) -> None:
        if len(actions) != len(states) - 1:
            raise ValueError(
                f"{len(states)} frames need {len(states) - 1} plies between them, not {len(actions)}"
            )
        self.game, self.replay, self.ghosts = game, replay, tuple(ghosts)
        self.names = tuple(names) or tuple(f"seat {seat + 1}" for seat in range(game.seats))
        self.position = 0
        self.playing = False
        self.speed = game.pace or _USUAL
        self._speeds = sorted({*SPEEDS, self.speed})
        self._states, self._frames = states.copy(), len(states)
        self._actions = [np.asarray(action, np.int64) for action in actions]
        self._decisions = dict(decisions or {})
        self._owed = 0
        self._events: tuple[int, dict[int, str]] = (0, {})

    @classmethod
    def of(cls, replay: Replay, ghosts: Sequence[Ghost] = ()) -> Playback:
        """Play a replay again. Raises BadInput where that cannot be done here."""
        from replays.replay import Annotations, simulate

        thoughts = replay.annotations or Annotations()
        fields = {name: getattr(thoughts, name) for name in said.FIELDS}
        decisions = {
            ply: Decision(
                actions, **{name: None if field is None else field[ply] for name, field in fields.items()}
            )
            for ply, actions in enumerate(replay.actions)
            if replay.annotations
        }
        names = [seat.name for seat in replay.seats]
        return cls(replay.make_game(), simulate(replay), replay.actions, decisions, names, replay, ghosts)

    @property
    def states(self) -> np.recarray:
        """The records [frames] so far."""
        return self._states[: self._frames].view(np.recarray)

    @property
    def state(self) -> np.record:
        return self._states[self.position]

    @property
    def last(self) -> int:
        return self._frames - 1

    @property
    def at_end(self) -> bool:
        return self.position == self.last

    @property
    def over(self) -> bool:
        """Whether the episode has ended at its last frame."""
        return bool(self._states[self.last].status != PLAYING)

    @property
    def due(self) -> bool:
        """Whether a frame beyond the last one should be shown by now: a live game is to play on."""
        return self.playing and self.at_end and not self.over and self._owed >= _FRAME

    @property
    def between(self) -> int:
        """How many of the game's `moments` have passed since the frame shown; 0 while time stands still."""
        moments = self.game.moments
        return min(self._owed * moments // _FRAME, moments - 1) if self.playing else 0

    def moment(self, coming: np.ndarray | None = None) -> np.record:
        """Return what is to be seen at this moment: the frame shown, or how it goes on from there.

        coming: the actions [acting] of the ply beyond the last frame, if they are known.
        """
        k, actions = self.between, self.action(self.position)
        actions = coming if actions is None else actions
        if not k or actions is None or self.state.status != PLAYING:
            return self.state
        return self.game.moment(self.state, actions, k)

    def haunting(self) -> list[np.record]:
        """Return where the ghosts are at this moment."""
        return [ghost.at(self.game, self.position, self.between) for ghost in self.ghosts]

    def action(self, frame: int) -> np.ndarray | None:
        """Return the actions [acting] chosen at that frame, or None at the last."""
        return self._actions[frame] if frame < self.last else None

    def decision(self, frame: int) -> Decision | None:
        return self._decisions.get(frame)

    @property
    def decisions(self) -> list[Decision]:
        """All that was thought so far."""
        return list(self._decisions.values())

    @property
    def actions(self) -> np.ndarray:
        """All actions so far, int64 [plies, acting]."""
        return np.array(self._actions, np.int64).reshape(-1, self.game.acting)

    # a live game

    def append(self, state: np.record, actions: Sequence[int] | np.ndarray) -> None:
        """Add the frame that these actions [acting] led to, and go there if the last one was shown."""
        follows = self.at_end
        if self._frames == len(self._states):
            self._states = np.concatenate([self._states, np.empty_like(self._states)]).view(np.recarray)
        self._states[self._frames] = state
        self._frames += 1
        self._actions.append(np.array(actions, np.int64))
        if follows:
            self.position = self.last
            self._owed = max(0, self._owed - _FRAME)

    def note(self, decision: Decision) -> None:
        """Keep what the seats that act at the last frame think."""
        self._decisions[self.last] = decision

    # time

    def play(self) -> None:
        """Let time move the frames; after the end of an episode, from the start again."""
        if self.at_end and self.over:
            self.position = 0
        self.playing, self._owed = True, 0

    def pause(self) -> None:
        self.playing, self._owed = False, 0

    def faster(self) -> None:
        self.speed = self._speeds[min(bisect_right(self._speeds, self.speed), len(self._speeds) - 1)]

    def slower(self) -> None:
        self.speed = self._speeds[max(bisect_left(self._speeds, self.speed) - 1, 0)]

    def advance(self, milliseconds: int) -> None:
        """Let time pass. Playing stops where the episode ends; a game that goes on becomes `due`."""
        if not self.playing:
            return
        self._owed += milliseconds * self.speed
        frames = min(self._owed // _FRAME, self.last - self.position)
        self.position += frames
        self._owed -= frames * _FRAME
        if self.at_end:
            most = max(
                2 * _FRAME, _FRAME + self.speed * _BEHIND
            )  # a game that thinks for long is not made up for
            self._owed = min(self._owed, most - 1)
            if self.over:
                self.pause()

    # place

    def seek(self, frame: int) -> None:
        self.position = max(0, min(frame, self.last))
        self._owed = 0

    def step(self, frames: int) -> None:
        """Go so many frames on, or back, and pause to look."""
        self.pause()
        self.seek(self.position + frames)

    def home(self) -> None:
        self.seek(0)

    def end(self) -> None:
        self.seek(self.last)

    def next_event(self) -> bool:
        """Go to the next event and pause; False where there is none."""
        return self._go_to([frame for frame in self.events if frame > self.position][:1])

    def previous_event(self) -> bool:
        return self._go_to([frame for frame in self.events if frame < self.position][-1:])

    def _go_to(self, frames: list[int]) -> bool:
        for frame in frames:
            self.pause()
            self.seek(frame)
        return bool(frames)

    # what happened

    @property
    def events(self) -> dict[int, str]:
        """Frames that show something happening, in order, and what."""
        if self._events[0] != self._frames:
            self._events = (self._frames, find_events(self.game, self.states))
        return self._events[1]

    def scores(self) -> np.ndarray:
        """Return the scores float64 [frames, seats], in the game's units."""
        return self.states.score.reshape(-1, self.game.seats) / self.game.score_unit

    def thoughts(self) -> dict[str, np.ndarray | None]:
        """Return each field of the decisions for all plies, [plies, acting, ...], or None.

        With `said.silence` where a seat said nothing; None where none of them ever did.
        """
        return {name: self._gathered(name) for name in said.FIELDS}

    def _gathered(self, name: str) -> np.ndarray | None:
        known = {frame: getattr(one, name) for frame, one in self._decisions.items() if frame < self.last}
        known = {frame: field for frame, field in known.items() if field is not None}
        if not known:
            return None
        gathered = said.silence(name, (self.last, *next(iter(known.values())).shape))
        gathered[list(known)] = list(known.values())
        return gathered

    def values(self, seat: int = 0) -> np.ndarray | None:
        """Return what that acting seat expected at each frame, float64 [frames], NaN where it did not say.

        Where two seats take turns it is as the first seat sees it. None where there is no estimate at all.
        """
        curve = np.full(self._frames, np.nan)
        for frame, decision in self._decisions.items():
            if decision.value is not None:
                curve[frame] = decision.value[seat]
        if self.game.acting == 1 and self.game.seats == 2:
            curve *= np.where(self.states.to_move == 1, -1, 1)
        return None if np.isnan(curve).all() else curve
