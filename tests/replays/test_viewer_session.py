"""Does the viewer show what it should, when it should? Without a window; with one: test_viewer_window."""

import os
import subprocess
import sys
import threading
import time

import numpy as np
import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from envs.catalog import GAMES, make_game
from envs.view import Decision, View
from replays.live import Live
from replays.playback import Playback
from replays.replay import Annotations, Seat, record
from replays.viewer import keys, theme, timeline
from replays.viewer.commands import Commands
from replays.viewer.insight import OVERLAYS
from replays.viewer.saving import Saving
from replays.viewer.session import ANALYSE, PLAY, Session
from replays.viewer.window import Window, layout


@pytest.fixture(autouse=True)
def tictactoe_is_in_the_catalog(monkeypatch):
    monkeypatch.setitem(GAMES, "tictactoe", "tests.games.tictactoe.game:TicTacToe")


@pytest.fixture
def look():
    """Give a function that makes a session, which is closed in the end."""
    made = []

    def make(source, **more):
        made.append(Session(source, "a test", **more))
        return made[-1]

    yield make
    for session in made:
        session.close()


def first_legal(view):
    return Decision(view.mask.argmax(axis=1))


def live(spec, *players, seed=1):
    return Live(make_game(spec), seed, players, [Seat(f"agent {k}") for k in range(len(players))])


def recording(actions, annotations=None, spec="gridworld:level=cliff"):
    return Playback.of(record(make_game(spec), 1, [Seat("walker")], [[a] for a in actions], annotations))


def until(session, condition, milliseconds=0):
    """Let time pass, in steps of so many milliseconds, until the condition holds."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        session.tick(milliseconds)
        time.sleep(0.001)


# keys


def test_each_key_does_one_thing_that_there_is():
    bound = [key for rows in keys.TABLE.values() for row in rows for key in row.keys if row.does]
    assert len(bound) == len(set(bound))
    for rows in keys.TABLE.values():
        for row in rows:
            assert not row.does or callable(getattr(Commands, row.does))


# a live game


def test_the_agent_answers_a_person_as_soon_as_it_has_thought(look):
    goes_on = threading.Event()

    def slow(view):
        goes_on.wait(20)
        return first_legal(view)

    session = look(live("tictactoe", None, slow))
    session.playback.play()
    session.playback.speed = 1  # a second a ply, which is for those who watch
    assert session.mode == PLAY
    session.act(4)
    assert session.playback.last == 1  # at once
    session.act(0)
    assert session.toast.text == "agent 1 to move"
    session.tick(100)
    assert session.playback.last == 1
    goes_on.set()
    until(session, lambda: session.playback.last == 2)  # no time passes
    assert session.playback.actions.tolist() == [[4], [0]]
    session.act(4)
    assert session.toast.text == "b2 is not legal here"


def test_two_agents_are_watched_at_the_speed_of_the_game(look):
    session = look(live("tictactoe", first_legal, first_legal))
    session.playback.play()
    session.playback.speed = 2
    until(session, lambda: not session.live.waits_for)
    session.tick(499)
    assert session.playback.last == 0
    session.tick(1)
    assert session.playback.last == 1


def test_after_the_end_a_click_says_so(look):
    session = look(live("tictactoe:size=2,row=2", None, first_legal))
    session.playback.play()
    session.act(0)
    until(session, lambda: session.playback.last == 2)
    session.act(2)
    assert session.playback.over
    session.act(3)
    assert session.toast.text == "the game is over: Backspace begins a new one"
    assert session.verdict == "seat 1 wins"


def test_a_paused_game_does_not_go_on_and_a_move_of_the_person_wakes_it(look):
    session = look(live("tictactoe", None, first_legal))
    session.act(4)
    session.playback.pause()
    until(session, lambda: not session.live.waits_for)
    session.tick(10_000)
    assert session.playback.last == 1


def test_who_looks_back_at_a_live_game_stops_it_until_the_end_is_shown_again(look):
    session = look(live("gridworld:level=cliff", first_legal))
    session.playback.play()
    until(session, lambda: session.playback.last == 5, 125)
    session.step(-3)
    for _ in range(20):
        session.tick(100)
    assert (session.playback.position, session.playback.last) == (2, 5)
    session.playback.play()
    until(session, lambda: session.playback.last == 7, 125)


def test_the_next_episode_begins_after_a_rest(look):
    session = look(live("gridworld:level=cliff,time_limit=3", first_legal), rest=1000)
    session.playback.play()
    until(session, lambda: session.playback.over and not session.playback.playing, 50)
    session.tick(900)
    assert session.live.seed == 1
    session.rest.stir()  # a key
    session.tick(900)
    assert session.live.seed == 1
    session.step(-1)
    session.tick(5000)
    assert session.live.seed == 1
    session.playback.end()
    session.tick(100)
    assert session.live.seed == 2
    assert session.playback.playing


def test_who_steps_to_the_end_by_hand_may_stay_there(look):
    session = look(live("gridworld:level=cliff,time_limit=3", first_legal), rest=1000)
    for last in (1, 2, 3):
        session.step(1)
        until(session, lambda last=last: session.playback.last == last)
    session.tick(5000)
    assert session.live.seed == 1


# overlays


def numbered(states, seat):
    """Think of each state the number of its cell."""
    cells = states.cell[:, seat].astype(float)
    return Decision(
        np.zeros(len(states), int), cells, np.outer(cells, np.ones(4)), np.outer(cells, np.arange(4))
    )


def test_the_agent_is_asked_about_all_places_in_parts(look):
    asked = []

    def think(states, seat):
        asked.append((len(states), threading.current_thread() is threading.main_thread()))
        return numbered(states, seat)

    film = recording([0, 1, 1], spec="gridworld:level=four_rooms")
    session = look(film, think=think, overlays=["value"])
    assert session.insight.pictures() == []
    until(session, session.insight.pictures)
    ((name, opinion),) = session.insight.pictures()
    places = film.game.places(film.state)
    assert name == "value"
    assert opinion.decision.value.tolist() == opinion.places.cell[:, 0].tolist() == places.cell[:, 0].tolist()
    assert max(size for size, _ in asked) <= 64 < len(places)
    assert not any(main for _, main in asked)
    before = len(asked)
    session.insight.pictures()
    session.tick(0)
    session.insight.pictures()
    assert len(asked) == before  # remembered


def test_a_slow_opinion_holds_nothing_up_and_only_the_latest_is_asked_for_next(look):
    goes_on, seen = threading.Event(), []

    def slow(states, seat):
        seen.append(int(states.ply[0]))
        goes_on.wait(20)
        return numbered(states, seat)

    session = look(recording([0, 1] * 20, spec="gridworld:level=four_rooms"), think=slow, overlays=["value"])
    start = time.monotonic()
    for frame in range(30):
        session.playback.seek(frame)
        session.insight.pictures()
        session.tick(10)
    assert time.monotonic() - start < 1
    goes_on.set()
    until(
        session, lambda: session.insight.pictures() and session.insight.pictures()[0][1].places.ply[0] == 29
    )
    assert set(seen) == {0, 29}


def test_pictures_keep_up_with_a_fast_playback(look):
    session = look(
        recording([0, 1] * 150, spec="gridworld:level=four_rooms"), think=numbered, overlays=["value"]
    )
    behind = []
    for frame in range(300):
        session.playback.seek(frame)
        session.tick(0)
        behind += [frame - opinion.places.ply[0] for _, opinion in session.insight.pictures()]
        time.sleep(0.004)
    assert len(behind) > 200
    assert np.median(behind) <= 5


def test_closing_does_not_wait_for_all_places(look):
    begun, parts = threading.Event(), []

    def slow(states, seat):
        parts.append(len(states))
        begun.set()
        time.sleep(0.1)
        return numbered(states, seat)

    session = look(recording([0], spec="gridworld:level=four_rooms"), think=slow, overlays=["value"])
    session.insight.pictures()
    assert begun.wait(20)
    session.close()
    time.sleep(0.3)
    assert parts == [64]


def test_a_failing_opinion_is_said_so(look):
    def failing(states, seat):
        raise RuntimeError("the network is gone")

    session = look(recording([0]), think=failing, overlays=["value"])
    session.insight.pictures()
    until(session, lambda: session.insight.opinions.error)
    assert session.insight.opinions.error == "RuntimeError: the network is gone"
    session.insight.toggle("policy")
    assert session.toast.text == "the agent failed: RuntimeError: the network is gone"


def test_no_copy_of_a_large_board_is_made_for_every_place(look, monkeypatch):
    monkeypatch.setattr("replays.viewer.opinions._LARGEST", 100)
    session = look(recording([1]), think=numbered, overlays=["value"])
    assert "too large" in session.toast.text
    assert not session.insight.overlays


def test_a_recording_shows_what_was_thought_up_to_the_frame(look):
    thoughts = Annotations(np.array([[1.0], [np.nan], [3.0]]), None, np.ones((3, 1, 4)))
    session = look(recording([0, 1, 1], thoughts), overlays=["value"])
    session.playback.end()
    ((_, opinion),) = session.insight.pictures()
    assert opinion.places.ply.tolist() == [0, 2]
    assert opinion.decision.value.tolist() == [1, 3]
    session.playback.seek(1)
    assert session.insight.pictures()[0][1].places.ply.tolist() == [0]
    session.insight.toggle("policy")
    assert session.toast.text == "nobody's policy is in this recording"


def test_overlays_that_cover_each_other_take_turns(look):
    session = look(recording([0]), think=numbered)
    for name, shown in (
        ("policy", {"policy"}),
        ("value", {"policy", "value"}),
        ("visits", {"policy", "visits"}),
        ("q", {"q", "visits"}),
        ("visits", {"q"}),
    ):
        session.insight.toggle(name)
        assert session.insight.overlays == shown


def test_what_a_game_has_no_picture_of_is_said(look):
    session = look(live("tictactoe", first_legal, first_legal))
    session.insight.toggle("value")
    assert session.toast.text == "tictactoe has no picture of value"
    assert not session.insight.overlays


def test_where_no_agent_sits_there_is_nothing_to_show(look):
    session = look(live("gridworld:level=cliff", None))
    session.insight.toggle("value")
    assert session.toast.text == "no agent sits here whose value could be shown"
    session.insight.toggle("visits")
    assert session.insight.overlays == {"visits"}


def test_nobody_is_told_what_to_play_unasked(look):
    asked = []

    def think(states, seat):
        asked.append(1)
        return numbered(states, seat)

    session = look(live("gridworld:level=cliff", first_legal), think=think)
    session.live.take_over(0)
    session.mode = PLAY
    until(session, lambda: not session.live.thinking)
    for _ in range(20):
        session.tick(10)
        assert session.insight.decision() is None
    session.thinker.ask("nothing", list)
    time.sleep(0.02)
    assert not asked
    session.insight.toggle("value")
    until(session, session.insight.decision)
    session.mode = ANALYSE
    session.insight.toggle("value")
    assert session.insight.decision()


# Go, where overlays show what is thought of the one position


def searcher(view):
    """Choose the first legal point, and say that it was searched ten times as often as the next."""
    legal = np.flatnonzero(view.mask[0])
    visits = np.zeros((1, view.mask.shape[1]), int)
    visits[0, legal[:2]] = 100, 10
    return Decision(legal[:1], value=np.array([0.5]), visits=visits, line=legal[None, :3])


def test_a_search_is_shown_at_the_frame_it_was_about(look):
    session = look(live("goban:size=5", searcher, searcher))
    until(session, lambda: not session.live.waits_for)
    session.insight.toggle("visits")
    ((name, opinion),) = session.insight.pictures()
    assert name == "visits"
    assert opinion.places.ply.tolist() == [0]
    assert np.flatnonzero(opinion.decision.visits[0]).tolist() == [0, 1]
    session.play_ply()
    assert session.insight.pictures() == []  # until it has thought again
    until(session, session.insight.pictures)
    assert np.flatnonzero(session.insight.pictures()[0][1].decision.visits[0]).tolist() == [1, 2]
    session.step(-1)
    assert np.flatnonzero(session.insight.pictures()[0][1].decision.visits[0]).tolist() == [0, 1]
    session.insight.toggle("legal")
    assert [name for name, _ in session.insight.pictures()] == ["visits", "legal"]
    session.insight.toggle("q")  # in place of the visits
    assert session.insight.overlays == {"legal", "q"}
    session.insight.toggle("value")
    assert session.toast.text == "goban has no picture of value"


def test_a_person_may_see_what_the_opponent_thinks_of_the_position(look):
    asked = []

    def think(states, seat):
        asked.append((int(states.ply[0]), seat))
        return searcher(View(None, make_game("goban:size=5").observe(states)[1][:, 0], None))

    session = look(live("goban:size=5", None, searcher), think=think)
    session.playback.play()
    session.tick(10)
    assert not asked
    session.insight.toggle("visits")
    until(session, session.insight.pictures)
    assert asked == [(0, 0)]
    session.act(12)
    until(session, lambda: session.playback.last == 2)
    until(session, session.insight.pictures)
    assert asked == [(0, 0), (2, 0)]  # what the opponent thought at its own move was not asked for again


def test_nobody_is_asked_about_a_game_that_is_over(look):
    asked = []
    game = make_game("goban:size=5")
    film = Playback.of(record(game, 1, [Seat("a"), Seat("b")], [[25], [25]]))
    session = look(film, think=lambda states, seat: asked.append(int(states.ply[0])), overlays=["visits"])
    for frame in (2, 1):
        film.seek(frame)
        session.insight.pictures()
    until(session, lambda: not session.insight.opinions._asked)
    assert asked == [1]


def test_the_mouse_chooses_only_what_may_be_played_now(look):
    session = look(live("goban:size=5", None, searcher))
    session.playback.play()
    session.hover = 12
    assert session.choice == 12
    session.act(12)
    assert session.choice is None  # the opponent is to move
    until(session, lambda: session.playback.last == 2)
    assert session.choice is None  # taken
    session.act(12)
    assert session.toast.text == "C3 is taken by a black stone"
    session.hover = 13
    assert session.choice == 13
    session.step(-1)
    assert session.choice is None


def test_a_recorded_search_is_shown_again_with_the_ending(look):
    game = make_game("goban:size=5")
    thoughts = Annotations(visits=np.arange(52).reshape(2, 1, 26))
    replay = record(game, 1, [Seat("a"), Seat("b")], [[3], [4]], thoughts)
    session = look(Playback.of(structs.replace(replay, loser=0, ending="resigned")))
    session.insight.toggle("visits")
    ((_, opinion),) = session.insight.pictures()
    assert opinion.decision.visits.tolist() == [list(range(26))]
    assert session.verdict == ""
    session.playback.end()
    assert session.insight.pictures() == []
    assert session.verdict == "Black lost: resigned"
    session.insight.toggle("policy")
    assert session.toast.text == "nobody's policy is in this recording"


def test_the_value_of_one_who_plays_a_person_makes_a_curve():
    curve = np.array([np.nan, 0.2, np.nan, 0.4, np.nan, np.nan, 0.1, np.nan])
    np.testing.assert_allclose(
        timeline._bridged(curve, 2), [np.nan, 0.2, 0.3, 0.4, np.nan, np.nan, 0.1, np.nan]
    )


# the window, drawn without a screen


@pytest.fixture
def open_window():
    pygame.display.init()
    pygame.font.init()
    savings = []

    def start(session, size=(900, 600)):
        savings.append(Saving())
        return Window(pygame.display.set_mode(size), session, savings[-1])

    yield start
    for saving in savings:
        saving.close()
    pygame.display.quit()


def test_nothing_is_drawn_while_nothing_changes(look, open_window, monkeypatch):
    session = look(recording([0, 1, 1]))
    window = open_window(session)
    drawn = []
    monkeypatch.setattr(window, "draw", lambda surface: drawn.append(session.playback.position))
    for _ in range(50):
        session.tick(16)
        window._draw()
    assert drawn == [0]
    session.step(1)
    window._draw()
    assert drawn == [0, 1]


def test_what_a_move_is_worth_is_said_as_the_estimate_is(look, open_window, monkeypatch):
    q = np.full((1, 1, 26), np.nan)
    q[0, 0, [7, 12]] = -0.5, 0.2
    thoughts = Annotations(value=np.array([[0.2]]), q=q)
    session = look(
        Playback.of(record(make_game("goban:size=5"), 1, [Seat("a"), Seat("b")], [[12]], thoughts))
    )
    session.playback.seek(0)
    window, said, write = open_window(session), [], theme.write

    def noted(surface, text, *how, **more):
        said.append(text)
        return write(surface, text, *how, **more)

    monkeypatch.setattr(theme, "write", noted)
    window._draw()
    assert said.count("60%") == 2 and said.count("25%") == 1


@pytest.mark.parametrize(
    "spec", ["gridworld:level=orchard,obs=grid,foragers=4", "tictactoe:size=9", "gridworld", "goban:size=5"]
)
def test_everything_has_room_in_a_window_of_any_size(spec, look, open_window, monkeypatch):
    game = make_game(spec)
    monkeypatch.setattr(type(game), "draw", lambda self, surface, state: surface.fill("white"))
    session = look(
        Live(game, 1, [first_legal] * game.seats, [Seat("a name that is rather long")] * game.seats)
    )
    session.playback.play()
    until(session, lambda: session.playback.last == 3, 125)
    session.insight.overlays = set(OVERLAYS)
    session.help = True
    for size in ((1, 1), (40, 900), (300, 200), (544, 420), (900, 600), (2600, 1500)):
        surface = pygame.Surface(size)
        window = open_window(session, (100, 100))
        window.draw(surface)
        place = layout(size)
        parts = [part for part in place if part]
        assert all(surface.get_rect().contains(part) for part in parts)
        assert all(hit.rect.clip(place.panel) == hit.rect for hit in window._hits if hit.overlay)
        assert all(not a.colliderect(b) for a in parts for b in parts if a is not b)


@given(st.integers(1, 5000), st.integers(60, 3000))
def test_a_click_on_the_place_of_a_frame_goes_to_it(frames, width):
    class Film:
        last = frames - 1

    rect = pygame.Rect(12, 500, width + 70, 116)
    room = timeline.curve_room(rect)
    assert timeline.frame_at(rect, Film, room.left) == 0
    assert timeline.frame_at(rect, Film, room.right) == Film.last
    columns = [timeline.frame_at(rect, Film, x) for x in range(rect.left, rect.right)]
    assert columns == sorted(columns)
    if frames <= room.width:
        assert set(columns) == set(range(frames))


@given(st.integers(1, 20_000), st.integers(0, 10**6), st.integers(20, 300))
def test_a_long_curve_keeps_its_peaks(frames, place, width):
    curve = np.zeros(frames)
    curve[place % frames] = 1.0
    x = np.arange(frames) * (width - 1) / max(1, frames - 1)
    points = timeline._thinned(np.column_stack([x, curve]), width)
    assert len(points) <= max(2 * width + 2, frames if frames <= 2 * width else 0)
    peaks = [at for at, y in points if y == 1.0]
    assert len(peaks) >= 1
    assert min(abs(at - x[place % frames]) for at in peaks) <= 1.0


# keeping


def test_each_picture_gets_a_name_of_its_own_and_all_are_written_before_the_end(look, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    session, saving = look(recording([0, 1])), Saving()
    for _ in range(3):
        saving.png(session, pygame.Surface((5, 5)))
    saving.replay(session)
    saving.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "gridworld-seed1-ply0-2.png",
        "gridworld-seed1-ply0-3.png",
        "gridworld-seed1-ply0.png",
        "gridworld-seed1.replay",
    ]


def test_what_cannot_be_saved_is_said(look, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    session, saving = look(recording([0, 1])), Saving()
    commands = Commands(session, saving)
    monkeypatch.setattr("replays.viewer.saving.write_replay", lambda path, replay: path.joinpath("x").mkdir())
    commands.save_replay()
    until(session, lambda: saving.tell(session) or session.toast.text)
    assert session.toast.text == "not saved: No such file or directory"
    session.playback.replay = None
    commands.save_replay()
    assert session.toast.text == "these frames are from no replay, so none can be saved"
    saving.close()


def test_a_second_window_in_one_process():
    """A font kept across `pygame.font.quit` crashed the interpreter."""
    script = """
from replays.viewer.screen import close_window, open_window
from replays.viewer.theme import letters
for text in ("first", "second"):
    open_window(text)
    letters(text)
    close_window()
"""
    env = {**os.environ, "SDL_VIDEODRIVER": "dummy"}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
