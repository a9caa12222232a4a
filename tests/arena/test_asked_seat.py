"""Is everyone who is asked to choose told which seat it is asked for?"""

import time
from collections.abc import Iterator

import numpy as np
import pytest

from arena.gtp_server import Server
from arena.match import play
from arena.schedule import Fixture
from arena.watching import opinion
from envs.catalog import make_game
from envs.gymnasium_face import GameEnv
from envs.view import Decision, View
from replays.live import Live
from replays.replay import Seat
from tests.arena.scripted import Scripted, tictactoe

RACE = "gridworld:level=orchard,foragers=2,obs=grid,time_limit=5"


@pytest.fixture(scope="module", autouse=True)
def turn_game() -> Iterator[None]:
    with tictactoe():
        yield


class Listening:
    """Plays the first legal action, and keeps which seats it was asked for."""

    def __init__(self) -> None:
        self.seats: list[int] = []

    def __call__(self, view: View) -> Decision:
        assert view.seat.shape == (len(view.mask),)
        assert view.seat.dtype == np.int64
        self.seats += view.seat.tolist()
        return Decision(view.mask.argmax(axis=1))


@pytest.mark.parametrize("spec", [RACE, "tictactoe"])
def test_in_a_match(spec):
    game, ears = make_game(spec), {"a": Listening(), "b": Listening()}
    fixtures = [Fixture(0, 1, ("a", "b")), Fixture(1, 1, ("b", "a"))]
    play(game, fixtures, {name: Scripted(game, ear) for name, ear in ears.items()})
    for ear in ears.values():
        assert set(ear.seats) == {0, 1}
        assert spec != RACE or ear.seats == [0, 1] * 5, "at each ply in both games"


@pytest.mark.parametrize("spec", [RACE, "tictactoe"])
def test_in_the_window(spec):
    game, ears = make_game(spec), [Listening(), Listening()]
    live = Live(game, 3, ears, [Seat("a"), Seat("b")], (1, 2))
    end = time.monotonic() + 20
    while not live.playback.over and time.monotonic() < end:
        live.poll()
        live.go()
    live.close()
    assert [set(ear.seats) for ear in ears] == [{0}, {1}]


def test_for_an_overlay():
    game, ear = make_game(RACE), Listening()
    live = Live(game, 3, [None, None], [Seat("a"), Seat("b")], (1, 2))
    opinion([None, Scripted(game, ear)], live)(game.new_states(range(3)), 1)
    live.close()
    assert ear.seats == [1, 1, 1]


@pytest.mark.parametrize("seat", [0, 1])
def test_as_an_opponent(seat):
    ear = Listening()
    env = GameEnv(make_game("tictactoe"), opponent=ear, seat=seat)
    _, info = env.reset(seed=1)
    env.step(int(info["action_mask"].argmax()))
    assert set(ear.seats) == {1 - seat}


def test_behind_gtp():
    server, ear = Server("random", size=5), Listening()
    server._agent = Scripted(make_game("goban:size=5"), ear)
    for colour in ("black", "white", "white"):
        assert server.respond(f"genmove {colour}").startswith("=")
    assert ear.seats == [0, 1, 1]
