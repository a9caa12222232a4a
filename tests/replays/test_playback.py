"""Does a playback show the right frame at the right time?"""

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from envs.game import PLAYING, TERMINATED, gains, record_dtype
from envs.view import Decision
from replays.playback import SPEEDS, Playback


def game(seats=1, acting=1):
    reasons = ("playing", "goal", "lava")
    one = SimpleNamespace(
        seats=seats,
        acting=acting,
        score_unit=1000,
        pace=0,
        moments=1,
        reasons=reasons,
        events=lambda states: gains(one, states),
        verdict=lambda state: reasons[state.reason],
    )
    return one


def frames(scores, *, reasons=None, flags=None, seats=1):
    """Make states with these scores, and a flag `held` besides the header's `out`."""
    states = np.zeros(len(scores), record_dtype(seats, [("held", "u1", (seats,))])).view(np.recarray)
    states.ply = range(len(scores))
    states.score = np.reshape(scores, (len(scores), -1))
    states.reason = 0 if reasons is None else reasons
    states.status = np.where(states.reason > 0, TERMINATED, PLAYING)
    if flags is not None:
        states.held[:, 0] = flags
    return states


def playback(count, **more):
    return Playback(game(), frames([0] * count, **more), np.zeros((count - 1, 1)))


class Looking(RuleBasedStateMachine):
    """Somebody plays around with a live game; the model is a list of plies, a place in it, and exact time."""

    def __init__(self):
        super().__init__()
        self.real = playback(1)
        self.plies, self.at, self.playing, self.over = [0], 0, False, False
        self.speed, self.time = 8, Fraction(0)  # time: seconds since the frame shown was due

    @precondition(lambda self: not self.over)
    @rule(ends=st.booleans(), count=st.integers(1, 6))
    def the_game_goes_on(self, ends, count):
        for k in range(count):
            self.over = ends and k == count - 1
            self.real.append(frames([0] * 99, reasons=[int(self.over)] * 99)[len(self.plies)], [0])
            if self.at == len(self.plies) - 1:
                self.at += 1
                self.time = max(Fraction(0), self.time - Fraction(1, self.speed))
            self.plies.append(len(self.plies))

    @precondition(lambda self: len(self.plies) < 60)
    @rule(times=st.lists(st.integers(0, 300), max_size=4))
    def time_passes(self, times):
        for milliseconds in times:
            self.real.advance(milliseconds)
            self._time_passes(Fraction(milliseconds, 1000))

    def _time_passes(self, seconds):
        if not self.playing:
            return
        self.time += seconds
        frame = Fraction(1, self.speed)
        while self.at < len(self.plies) - 1 and self.time >= frame:
            self.at += 1
            self.time -= frame
        if self.at == len(self.plies) - 1:
            most = max(2 * frame, frame + Fraction(1, 10))  # a tenth of a second is made up for
            self.time = min(self.time, most - Fraction(1, 1000 * self.speed))
            if self.over:
                self.playing, self.time = False, Fraction(0)

    @rule(frame=st.integers(-5, 70))
    def seeks(self, frame):
        self.real.seek(frame)
        self.at, self.time = sorted((0, frame, len(self.plies) - 1))[1], Fraction(0)

    @rule(count=st.integers(-12, 12))
    def steps(self, count):
        self.real.step(count)
        self.at = sorted((0, self.at + count, len(self.plies) - 1))[1]
        self.playing, self.time = False, Fraction(0)

    @rule()
    def goes_home(self):
        self.real.home()
        self.at, self.time = 0, Fraction(0)

    @rule()
    def goes_to_the_end(self):
        self.real.end()
        self.at, self.time = len(self.plies) - 1, Fraction(0)

    @rule()
    def plays(self):
        self.real.play()
        if self.over and self.at == len(self.plies) - 1:
            self.at = 0
        self.playing, self.time = True, Fraction(0)

    @rule()
    def pauses(self):
        self.real.pause()
        self.playing, self.time = False, Fraction(0)

    @rule(faster=st.booleans())
    def changes_speed(self, faster):
        (self.real.faster if faster else self.real.slower)()
        place = SPEEDS.index(self.speed) + (1 if faster else -1)
        owed = self.time * self.speed
        self.speed = SPEEDS[sorted((0, place, len(SPEEDS) - 1))[1]]
        self.time = owed / self.speed  # a part of a frame stays that part

    @invariant()
    def they_agree(self):
        assert self.real.states.ply.tolist() == self.plies
        assert (self.real.position, self.real.playing, self.real.speed) == (self.at, self.playing, self.speed)
        assert self.real.state.ply == self.at
        assert self.real.over == self.over
        waits = self.playing and not self.over and self.at == len(self.plies) - 1
        assert self.real.due == (waits and self.time * self.speed >= 1)


TestLooking = Looking.TestCase
TestLooking.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@given(st.sampled_from(SPEEDS), st.lists(st.integers(1, 100), min_size=1, max_size=200))
def test_the_frame_shown_depends_on_the_time_and_not_on_how_often_it_is_asked(speed, times):
    film = playback(2000)
    film.speed = speed
    film.play()
    for milliseconds in times:
        film.advance(milliseconds)
    assert film.position == min(1999, sum(times) * speed // 1000)


@pytest.mark.parametrize("ticks", [16, 17, 33, 7])
def test_a_live_game_that_is_quick_enough_keeps_the_speed(ticks):
    film = playback(1)
    film.speed = 30
    film.play()
    for _ in range(3000 // ticks):
        film.advance(ticks)
        while film.due:
            film.append(frames([0])[0], [0])
            film.advance(0)
    assert film.last == 3000 // ticks * ticks * 30 // 1000


def test_a_game_that_thought_for_long_does_not_rush_afterwards():
    film = playback(1)
    film.play()
    film.advance(60_000)
    for _ in range(2):
        assert film.due is (film.last == 0)
        film.append(frames([0])[0], [0])


def test_who_has_stepped_back_is_left_there_while_the_game_goes_on():
    film = playback(5)
    film.end()
    film.step(-1)
    film.append(frames([0])[0], [0])
    assert (film.position, film.last) == (3, 5)
    film.end()
    film.append(frames([0])[0], [0])
    assert film.position == film.last == 6


def test_frames_once_given_are_not_changed_by_the_game_that_plays_on():
    states = frames([0])
    film = Playback(game(), states)
    states.ply[0] = 7
    film.append(states[0], [0])
    states.ply[0] = 8
    assert film.states.ply.tolist() == [0, 7]


@pytest.mark.parametrize(
    ("scores", "reasons", "flags", "expected"),
    [
        ([0, -1000, -2000, -3000], None, None, {}),
        ([0, -1000, -101000, -102000], None, None, {2: "-100"}),
        ([0, 0, 0, 1000, 1000], None, None, {3: "+1"}),
        ([0, 990], [0, 1], None, {1: "goal"}),
        ([0, -10, -20, 980], [0, 0, 0, 1], None, {3: "+1, goal"}),
        ([0, -10, -20, -30], None, [0, 0, 1, 1], {2: "held"}),
        ([0], None, None, {}),
    ],
    ids=["every step costs", "a fall", "an apple", "one step", "the goal", "a key", "the start"],
)
def test_events_are_what_is_out_of_the_ordinary(scores, reasons, flags, expected):
    film = Playback(game(), frames(scores, reasons=reasons, flags=flags), np.zeros((len(scores) - 1, 1)))
    assert film.events == expected


def test_events_are_gone_to_and_none_is_missed():
    scores = np.cumsum([0, 0, 5, 0, 0, 0, 7, 0]) * 1000
    film = Playback(game(), frames(scores), np.zeros((7, 1)))
    film.play()
    assert [film.next_event() and film.position for _ in range(3)] == [2, 6, False]
    assert not film.playing
    film.end()
    assert [film.previous_event() and film.position for _ in range(3)] == [6, 2, False]
    film.append(frames([99_000])[0], [0])
    assert film.next_event()
    assert film.next_event()
    assert film.position == film.last == 8


def test_the_value_of_the_second_player_is_turned_round():
    states = frames([[0, 0]] * 4, seats=2)
    states.to_move = [0, 1, 0, 1]
    thoughts = {k: Decision(np.array([0]), np.array([v])) for k, v in enumerate([0.5, -0.25, 0.75])}
    film = Playback(game(seats=2), states, np.zeros((3, 1)), thoughts)
    np.testing.assert_equal(film.values(), [0.5, 0.25, 0.75, np.nan])


def test_where_nobody_says_what_it_is_worth_there_is_no_value_but_a_score():
    film = Playback(game(), frames([0, 1500]), [[0]], {0: Decision(np.array([0]))})
    assert film.values() is None
    assert film.scores().tolist() == [[0.0], [1.5]]


def test_what_was_thought_becomes_arrays_over_the_plies():
    film = playback(4)
    film.end()
    film.note(Decision(np.array([1]), np.array([2.0])))  # of the last frame, from which no ply leads
    assert film.thoughts() == dict.fromkeys(("value", "policy", "q", "lead", "owner", "visits", "line"))
    film.append(frames([0])[0], [1])
    np.testing.assert_equal(film.thoughts()["value"], [[np.nan], [np.nan], [np.nan], [2.0]])


def test_frames_and_plies_must_fit():
    with pytest.raises(ValueError, match="3 frames need 2 plies"):
        Playback(game(), frames([0, 0, 0]), [[0]])
