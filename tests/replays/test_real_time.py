"""Is a game that is played in real time played at its pace, with what is held, and shown between two plies?"""

import threading
import time

import numpy as np
import pytest

from envs.bad_input import BadInput
from envs.catalog import make_game
from envs.view import Decision
from replays.live import Live
from replays.playback import Playback
from replays.replay import Seat, record
from replays.viewer.commands import Commands
from replays.viewer.session import ANALYSE, PLAY, Session

PERSONS = "platformer:actions=buttons,frame_skip=1"
FLAT = "\n\n........\n........\n.S.....F\n########\n"
PIT = "\n\n........\n........\n.S.....F\n##.#####\n"


@pytest.fixture
def look():
    """Give a function that makes a session on a game, which is closed in the end."""
    made = []

    def make(spec, *players, seed=1, **more):
        game = make_game(spec) if isinstance(spec, str) else spec
        live = Live(game, seed, players or [None], [Seat(f"agent {k}") for k in range(game.seats)])
        made.append(Session(live, "a test", **more))
        made[-1].playback.play()
        return made[-1]

    yield make
    for session in made:
        session.close()


def pass_time(session, milliseconds, step=17):
    for _ in range(milliseconds // step):
        session.tick(step)
    session.tick(milliseconds % step)


def until(session, condition, milliseconds=0):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        session.tick(milliseconds)
        time.sleep(0.001)


def played(spec, actions, seed=1):
    """Return the state after these actions, as the rules say."""
    game = make_game(spec)
    states = game.new_states([seed])
    for action in actions:
        game.step(states, np.array([[action]]))
    return states[0]


def right(view):
    return Decision(np.ones(len(view.mask), np.int64))


# time


@pytest.mark.parametrize(
    ("spec", "plies"), [(PERSONS, 60), ("platformer", 15), ("platformer:frame_skip=3", 20)]
)
def test_time_runs_at_the_pace_of_the_game_and_waits_for_nobody(spec, plies, look):
    session = look(spec)
    assert (session.mode, session.real_time, session.playback.speed) == (PLAY, True, plies)
    pass_time(session, 2000)
    assert session.playback.last == 2 * plies


@pytest.mark.parametrize("step", [5, 16, 17, 40, 90])
def test_a_slow_screen_does_not_slow_the_game(step, look):
    session = look(PERSONS)
    pass_time(session, 1800, step)
    assert session.playback.last in (107, 108)


def test_what_is_held_when_a_ply_is_due_is_played(look):
    session = look(PERSONS)
    pass_time(session, 100)
    session.press("d")
    pass_time(session, 500)
    session.press("left shift")
    session.press("up")
    pass_time(session, 100)
    session.held.release("d")
    pass_time(session, 100)
    actions = session.playback.actions[:, 0].tolist()
    assert actions == [0] * 6 + [2] * 30 + [2 | 4 | 8] * 6 + [4 | 8] * 6
    assert session.playback.state.tobytes() == played(PERSONS, actions).tobytes()


def test_a_tap_between_two_plies_is_played_once(look):
    session = look(PERSONS)
    pass_time(session, 170)
    session.press("space")
    session.held.release("space")
    pass_time(session, 170)
    actions = session.playback.actions[:, 0].tolist()
    assert sum(actions) == 4
    assert session.playback.states.vy.min() < 0  # it has jumped


def test_the_other_seats_agents_may_slow_the_game_and_are_never_left_out(look):
    goes_on = threading.Event()

    def slow(view):
        goes_on.wait(20)
        return right(view)

    session = look("platformer:runners=2", None, slow)
    session.press("right")
    pass_time(session, 1000)
    assert session.playback.last == 0
    goes_on.set()
    until(session, lambda: session.playback.last >= 5, 17)
    assert set(session.playback.actions[:, 1].tolist()) == {1}
    assert set(session.playback.actions[:, 0].tolist()) == {1}


def test_a_pause_and_the_help_stop_time(look):
    session = look(PERSONS)
    commands = Commands(session, None)
    pass_time(session, 100)
    commands.help()
    pass_time(session, 1000)
    assert session.playback.last == 6
    commands.help()
    pass_time(session, 100)
    commands.pause()
    pass_time(session, 1000)
    assert session.playback.last == 12
    commands.pause()
    pass_time(session, 100)
    assert session.playback.last == 18


def test_who_analyses_is_not_played_on_with(look):
    session = look(PERSONS)
    pass_time(session, 200)
    session.step(-5)
    assert session.mode == ANALYSE
    session.playback.play()
    pass_time(session, 2000)
    assert session.playback.last == 12
    Commands(session, None).mode()
    pass_time(session, 100)
    assert session.playback.last == 18


def test_an_agents_seat_is_taken_over_while_time_runs_on(look):
    session = look("platformer", right)
    until(session, lambda: session.playback.last == 3, 17)
    Commands(session, None).take_over()
    session.press("left")
    until(session, lambda: session.playback.last == 12, 17)
    assert session.playback.actions[5:, 0].tolist() == [6] * 7  # left
    Commands(session, None).take_over()
    until(session, lambda: session.playback.last == 18, 17)
    assert session.playback.actions[14:, 0].tolist() == [1] * 4


# the end of an episode


def level(text, **more):
    from envs.platformer.game import Platformer

    return Platformer(text, actions="buttons", frame_skip=1, **more)


def test_who_dies_tries_the_same_again_after_a_second(look):
    session = look(level(PIT), rest=1000)
    session.press("right")
    until(session, lambda: session.playback.over, 17)
    assert session.verdict == "death"
    assert "again" in session.toast.text
    pass_time(session, 900)
    session.rest.stir()  # keys do not hold it up
    assert session.playback.over
    pass_time(session, 200)
    assert (session.live.seed, session.playback.over) == (1, False)
    assert session.playback.playing


def test_who_reaches_the_flag_may_look_at_it_until_a_button_is_pressed(look):
    session = look(level(FLAT), rest=1000)
    session.press("right")
    until(session, lambda: session.playback.over, 17)
    assert session.verdict == "flag"
    session.press("space")  # too early: it was meant for the game
    pass_time(session, 20_000)
    assert (session.live.seed, session.playback.over) == (1, True)
    session.press("space")
    assert (session.live.seed, session.playback.position, session.playback.playing) == (2, 0, True)


# between two plies


def test_a_recording_shows_the_moments_between_two_plies():
    game = make_game("platformer")
    film = Playback.of(record(game, 1, [Seat("Ann")], [[1]] * 20))
    session = Session(film, "a test")
    film.seek(10)
    assert session.picture.tobytes() == film.state.tobytes()
    film.play()
    seen = []
    for _ in range(8):
        session.tick(17)
        seen.append((film.position, film.between, int(session.picture.x[0]), int(session.picture.tick)))
    ticks = [tick for *_, tick in seen]
    assert ticks == list(range(41, 49))  # one picture a tick
    for position, k, x, _ in seen:
        exact = game.moment(film.states[position], [1], k) if k else film.states[position]
        assert x == exact.x[0]
    film.pause()
    assert session.picture.tobytes() == film.state.tobytes()
    session.close()


@pytest.mark.parametrize("player", [right, None], ids=["an agent", "a person"])
def test_who_plays_is_seen_moving_smoothly(player, look):
    session = look("platformer", player)
    session.press("right")
    ticks = []
    for _ in range(60):
        until(session, lambda: player is None or not session.live.waits_for)
        session.tick(17)
        ticks.append(int(session.picture.tick))
    assert set(np.diff(ticks)) <= {0, 1, 2}
    assert 57 <= ticks[-1] <= 61


def test_the_window_is_drawn_anew_for_every_moment(look):
    session = look("platformer")
    shown = set()
    for _ in range(12):
        session.tick(17)
        shown.add(session.moving())
    assert len(shown) == 12


def test_other_games_show_nothing_between_two_plies(look):
    session = look("gridworld:level=cliff", right)
    until(session, lambda: not session.live.waits_for)
    session.tick(100)
    assert session.playback.between == 0
    assert not session.real_time


def test_after_the_flag_of_a_shipped_level_a_person_goes_on_with_the_next(look):
    from envs.platformer.level import shipped_levels

    first, second, *_, last = shipped_levels()
    session = look(f"platformer:level={first},actions=buttons,frame_skip=1")
    session.new_episode(same_seed=False)
    assert session.game.kwargs["level"] == first  # its flag was not reached
    session.playback.states[-1].reason = 1
    session.new_episode(same_seed=True)
    assert session.game.kwargs["level"] == first
    session.playback.states[-1].reason = 1
    session.new_episode(same_seed=False)
    assert session.game is session.live.game
    assert session.game.kwargs == {"level": second, "actions": "buttons", "frame_skip": 1}
    assert (session.playback.last, session.playback.state.cols) == (0, session.game.template.cols[0])
    watched = look(f"platformer:level={first}", right)
    watched.playback.states[-1].reason = 1
    watched.new_episode(same_seed=False)
    assert watched.game.kwargs["level"] == first  # an agent plays what it was set to play
    assert make_game(f"platformer:level={last}").onward(session.playback.state) is None


# levels that are read again


def test_a_level_is_read_again_and_begun_with_the_same_seed(look, tmp_path):
    file = tmp_path / "my.txt"
    file.write_text(FLAT)
    from arena.watching import reloading

    spec = f"platformer:level={file}"
    game = make_game(spec)
    session = look(game, seed=7, reload=reloading(spec, game.kwargs), overlays=["hitboxes"])
    pass_time(session, 500)
    file.write_text(PIT)
    Commands(session, None).reload()
    assert session.playback.last == 0
    assert (session.live.seed, session.live.playback.game.level.text) == (7, PIT)
    assert session.game is session.live.game
    assert session.insight.overlays == {"hitboxes"}
    assert [name for name, _ in session.insight.pictures()] == ["hitboxes"]
    pass_time(session, 500)
    going = session.playback.last
    file.write_text(PIT.replace("F", "?"))
    Commands(session, None).reload()
    assert session.toast.text.startswith(f"{file}:5:8: ")
    assert session.playback.last == going
    pass_time(session, 500)
    assert session.playback.last > going
    file.unlink()
    Commands(session, None).reload()
    assert "no level or file" in session.toast.text


def test_there_is_nothing_to_reload_where_the_level_is_from_no_file(look):
    from arena.watching import reloading

    for spec in ("platformer", "platformer:level=first_steps", "platformer:levels=train", "goban:size=5"):
        assert reloading(spec, make_game(spec).kwargs) is None
    session = look(PERSONS)
    Commands(session, None).reload()
    assert session.toast.text == "nothing to reload: the level is from no file"


def test_a_level_that_the_agents_cannot_play_is_refused(look):
    session = look("gridworld:level=cliff", right)
    with pytest.raises(BadInput, match="changed so much"):
        session.live.go_on_with(make_game("gridworld:level=corridor"))
    with pytest.raises(BadInput, match="changed so much"):
        session.live.go_on_with(make_game("platformer"))


# overlays that need no agent


def test_hitboxes_and_the_window_are_shown_where_the_game_has_them(look):
    session = look(PERSONS)
    for key in ("hitboxes", "window"):
        getattr(Commands(session, None), key)()
    assert sorted(name for name, _ in session.insight.pictures()) == ["hitboxes", "window"]
    assert session.insight.offered == ["policy", "legal", "network", "hitboxes", "window"]
    other = look("gridworld:level=cliff")
    other.insight.toggle("hitboxes")
    assert other.toast.text == "gridworld has no picture of hitboxes"
    assert other.insight.offered == ["policy", "value", "visits", "legal", "network", "q"]


# what happened


def test_the_timeline_tells_what_happened_to_the_runner():
    film = Playback.of(record(level(PIT), 1, [Seat("Ann")], [[2]] * 31))
    assert film.events == {31: "death"}
    assert film.over
