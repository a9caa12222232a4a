"""What comes after the end of a live episode, and when?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from replays.viewer.session import Session


class Rest:
    """The time from the end of a live episode to the next one: so many milliseconds; None: a key begins it.

    In real time a person who failed tries the very same again; one who did not may look at the end until they press a
    button.
    """

    def __init__(self, session: Session, milliseconds: int | None) -> None:
        self.session, self._length = session, milliseconds
        self._passed: int | None = None  # since the end, if it is that

    @property
    def over(self) -> bool:
        """Whether it has lasted long enough, and the end is still looked at."""
        if self._length is None or self._passed is None:
            return False
        return self._passed >= self._length and self.session.playback.at_end

    @property
    def _failed(self) -> bool:
        return self.session.game.failed(self.session.playback.state)

    def begin(self) -> None:
        """The episode shown has come to its end."""
        self._passed = 0
        if self.session.real_time and self._length is not None:
            what, seconds = ("the same again", 2) if self._failed else ("press a button for the next", 60)
            self.session.say(f"{self.session.verdict}: {what}", seconds)

    def end(self) -> None:
        """Another episode has begun."""
        self._passed = None

    def advance(self, milliseconds: int) -> None:
        """Begin the next episode when it is time, while nobody looks around in this one."""
        session = self.session
        if self._passed is None or session.help or not session.playback.at_end:
            return
        self._passed += milliseconds
        if self.over and session.real_time and self._failed:
            session.new_episode(same_seed=True)
        elif self.over and not session.real_time and not (session.live and session.live.persons):
            session.new_episode(same_seed=False)

    def stir(self) -> None:
        """Somebody did something: it begins anew, unless they are in a hurry to play on."""
        if not self.session.real_time:
            self._passed = self._passed and 0

    def press(self) -> None:
        """A person wants to play on."""
        if self.over:
            self.session.say("", 0)
            self.session.new_episode(same_seed=False)
