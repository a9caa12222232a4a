"""Is a live game the game it would be if nobody watched, and can a person join it?"""

import threading
import time

import numpy as np
import pytest

from envs.catalog import GAMES, make_game
from envs.generator import draws, seeded
from envs.view import Decision, Resigned, View
from replays.live import Live
from replays.playback import Playback
from replays.replay import Seat, simulate
from replays.verify import verify

SPECS = [
    "gridworld:level=cliff,slip=0.2,time_limit=60",
    "gridworld:level=orchard,obs=partial,foragers=3",
    "tictactoe:size=4,row=3",
]


@pytest.fixture(autouse=True)
def tictactoe_is_in_the_catalog(monkeypatch):
    monkeypatch.setitem(GAMES, "tictactoe", "tests.games.tictactoe.game:TicTacToe")


@pytest.fixture
def begin():
    """Give a function that begins a live game, which is closed in the end."""
    begun = []

    def start(spec, players, seed=3, agent_seeds=(11, 12, 13)):
        game = make_game(spec)
        seats = [Seat(f"agent {seat}", "spec") for seat in range(game.seats)]
        players = players if isinstance(players, list) else [players] * game.seats
        begun.append(Live(game, seed, players, seats, agent_seeds[: game.seats]))
        return begun[-1]

    yield start
    for live in begun:
        live.close()


def chancy(view: View) -> Decision:
    """Choose any legal action, by the generator in view."""
    legal = np.flatnonzero(view.mask[0])
    action = legal[draws(view.rng)[0] % len(legal)]
    return Decision(np.array([action]), np.array([action / 10.0]), np.eye(len(view.mask[0]))[[action]])


def eastward(view: View) -> Decision:
    return Decision(np.array([1]))


def until(live, condition, play=False):
    """Poll until the condition holds, playing what can be played if asked to."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, f"waits for {live.waits_for}: {live.error}"
        live.poll()
        if not (play and live.go()):
            time.sleep(0.0005)


def play_out(live):
    until(live, lambda: live.playback.over, play=True)
    return live.playback.actions.tolist()


def plain(spec, seed, agent_seeds):
    """Play the game with `chancy` at all seats in one thread, and return the actions and the last state."""
    game = make_game(spec)
    state = game.new_states([seed])
    rngs = [seeded([one]) for one in agent_seeds]
    actions = []
    while state.status[0] == 0:
        observation, mask = game.observe(state)
        seats = range(game.seats) if game.acting > 1 else [int(state.to_move[0])]
        chosen = []
        for i, seat in enumerate(seats):
            if state.out[0, seat]:
                chosen.append(int(mask[0, i].argmax()))
            else:
                chosen.append(int(chancy(View(observation[:, i], mask[:, i], rngs[seat], None)).actions[0]))
        game.step(state, np.array([chosen]))
        actions.append(chosen)
    return actions, state.tobytes()


@pytest.mark.parametrize("spec", SPECS)
def test_it_is_the_game_that_it_is_without_a_window(spec, begin):
    live = begin(spec, chancy)
    actions, last = plain(spec, 3, (11, 12, 13))
    assert play_out(live) == actions
    assert live.playback.states[-1].tobytes() == last


@pytest.mark.parametrize("spec", SPECS)
def test_the_same_seed_gives_the_same_episode_and_the_next_another(spec, begin):
    live = begin(spec, chancy)
    first = play_out(live)
    live.new_episode(same_seed=True)
    assert (live.seed, play_out(live)) == (3, first)
    live.new_episode()
    assert live.seed == 4
    assert play_out(live) == plain(spec, 4, (12, 13, 14))[0] != first


def test_the_pace_changes_nothing(begin):
    live = begin(SPECS[0], chancy)
    for _ in range(10):
        time.sleep(0.002)
        live.poll()
        live.poll()
        live.go()
        live.go()
    assert play_out(live) == plain(SPECS[0], 3, (11,))[0]


def test_nothing_waits_for_an_agent_that_thinks(begin):
    thought = threading.Event()

    def slow(view):
        thought.wait(20)
        return eastward(view)

    live = begin("gridworld:level=corridor", slow)
    start = time.monotonic()
    for _ in range(50):
        live.poll()
        assert not live.go()
    assert live.thinking == live.waits_for == [0]
    assert time.monotonic() - start < 1
    thought.set()
    until(live, lambda: not live.waits_for)
    assert live.go()
    assert live.playback.last == 1


def test_players_see_what_they_may_and_cannot_change_the_game(begin):
    seen = []

    def vandal(view):
        seen.append(view.states)
        view.observation[...] = 0
        view.mask[...] = 1
        if view.states is not None:
            view.states["score"] = 10**6
        return eastward(view)

    open_game = begin("gridworld:level=cliff", vandal)
    hidden = begin("gridworld:level=cliff,obs=partial", vandal)
    for live in (open_game, hidden):
        until(live, lambda live=live: not live.waits_for)
        live.go()
        assert live.playback.states.score.max() <= 0
    assert isinstance(seen[0], np.recarray)
    assert None in [one if one is None else 0 for one in seen]


def test_an_agent_cannot_make_its_own_move_legal(begin):
    def cheat(view):
        view.mask[...] = 1
        return Decision(np.array([4]))

    live = begin("tictactoe", cheat)
    until(live, lambda: not live.waits_for)
    live.go()
    until(live, lambda: live.error)
    assert live.error == "agent 1: action 4 is not legal here"


def test_a_person_plays(begin):
    live = begin("gridworld:level=corridor", [None])
    assert live.persons == {0}
    assert not live.go()
    assert live.act(1)
    assert not live.act(1)  # once a ply
    assert live.go()
    assert live.playback.actions.tolist() == [[1]]


def test_a_person_and_agents_act_together(begin):
    live = begin(SPECS[1], [chancy, None, chancy])
    until(live, lambda: live.waits_for == [1])
    assert not live.go()
    live.act(2)
    assert live.go()
    assert live.playback.action(0)[1] == 2


def test_what_is_not_legal_is_refused(begin):
    live = begin("tictactoe", [None, None])
    assert live.act(4)
    assert live.go()
    assert not live.act(4)
    assert live.waits_for == [1]


def test_a_seat_is_taken_over_and_handed_back(begin):
    live = begin("gridworld:level=cliff", eastward)
    until(live, lambda: not live.waits_for)
    live.take_over(0)
    assert live.waits_for == [0]
    live.act(0)
    live.go()
    until(live, lambda: not live.thinking)
    assert not live.go()
    assert live.hand_back(0)
    until(live, lambda: not live.waits_for)
    live.go()
    assert live.playback.actions.tolist() == [[0], [1]]


def test_a_thought_that_comes_after_the_person_is_not_played(begin):
    goes_on = threading.Event()

    def slow(view):
        goes_on.wait(20)
        return eastward(view)

    live = begin("gridworld:level=cliff", slow)
    live.take_over(0)
    goes_on.set()
    until(live, lambda: not live.thinking)
    assert live.waits_for == [0]
    assert live.playback.decision(0) is not None  # but it may be shown


def test_the_agent_makes_one_move_for_a_person(begin):
    live = begin("gridworld:level=cliff", eastward)
    live.take_over(0)
    live.act(0)
    live.go()
    assert live.ask_agent(0)
    until(live, lambda: not live.waits_for)
    live.go()
    assert live.playback.actions.tolist() == [[0], [1]]
    assert live.waits_for == [0]
    assert 0 in live.persons


def test_a_person_who_moves_while_the_agent_is_still_thinking_for_them_has_moved(begin):
    goes_on = threading.Event()

    def slow(view):
        goes_on.wait(20)
        return eastward(view)

    live = begin("gridworld:level=cliff", slow)
    live.take_over(0)
    live.ask_agent(0)
    live.act(0)
    goes_on.set()
    until(live, lambda: not live.thinking)
    live.go()
    assert live.playback.actions.tolist() == [[0]]


def test_a_seat_without_an_agent_has_nobody_to_hand_back_to(begin):
    live = begin("gridworld:level=cliff", [None])
    assert not live.hand_back(0)
    assert not live.ask_agent(0)
    assert live.persons == {0}


def failing(view):
    raise RuntimeError("the network is gone")


@pytest.mark.parametrize(
    ("player", "message"),
    [
        (failing, "agent 0: RuntimeError: the network is gone"),
        (lambda view: Decision(np.array([4])), "agent 0: action 4 is not legal here"),
        (lambda view: Decision(np.array([-1])), "agent 0: action -1 is not legal here"),
        (lambda view: None, "agent 0: "),
    ],
)
def test_a_failing_agent_is_reported_and_the_game_can_go_on_without_it(player, message, begin, caplog):
    live = begin("gridworld:level=cliff", player)
    until(live, lambda: live.error)
    assert live.error.startswith(message)
    assert not live.go()
    live.take_over(0)
    assert live.error == ""
    assert live.act(0)
    assert live.go()
    assert ("RuntimeError" in caplog.text) == (player is failing)


def test_an_agent_that_resigns_ends_the_episode(begin):
    def faint(view):
        if view.observation.any():
            raise Resigned
        return Decision(np.array([4]))

    live = begin("tictactoe", faint)
    until(live, lambda: live.resigned >= 0, play=True)
    assert (live.resigned, live.error, live.waits_for, live.over) == (1, "", [], True)
    assert not live.go()
    replay = live.to_replay()
    assert (replay.loser, replay.ending, replay.actions.tolist()) == (1, "resigned", [[4]])
    assert verify(replay).ok
    live.new_episode()
    assert not live.over


def test_an_agent_that_failed_once_can_be_asked_again(begin):
    calls = []

    def moody(view):
        calls.append(1)
        return failing(view) if len(calls) == 1 else eastward(view)

    live = begin("gridworld:level=cliff", moody)
    until(live, lambda: live.error)
    live.ask_agent(0)
    until(live, lambda: not live.waits_for)
    assert live.error == ""
    assert live.go()


def test_a_thought_about_an_earlier_episode_is_dropped(begin):
    gate = threading.Semaphore(0)

    def slow(view):
        gate.acquire(timeout=20)
        return Decision(np.array([int(view.states.ply[0]) % 2]))

    live = begin("gridworld:level=cliff", slow)
    gate.release()
    until(live, lambda: live.playback.last == 1, play=True)
    live.new_episode()  # while it thinks about ply 1
    gate.release()
    time.sleep(0.05)
    live.poll()
    assert live.waits_for == [0]
    gate.release()
    until(live, lambda: not live.waits_for)
    live.go()
    assert live.playback.actions.tolist() == [[0]]


def test_who_is_out_is_not_waited_for(begin):
    live = begin("gridworld:level=orchard,obs=grid,foragers=2", [None, eastward])
    state = live._state
    state.food[0, 0] = 1  # starves at the next ply
    until(live, lambda: live.waits_for == [0])
    live.act(1)
    live.go()
    assert live.playback.state.out.tolist() == [1, 0]
    until(live, lambda: not live.waits_for)
    assert live.go()


@pytest.mark.parametrize("thinks", [False, True])
def test_closing_ends_the_thread_at_once(thinks):
    forever, asked = threading.Event(), []
    before = threading.active_count()

    def stuck(view):
        asked.append(1)
        forever.wait(20)

    live = Live(make_game(SPECS[1]), 1, [stuck] * 3, [Seat("")] * 3)
    if not thinks:
        forever.set()
        until(live, lambda: not live.thinking)
    start = time.monotonic()
    live.close()
    assert time.monotonic() - start < 1.5
    forever.set()
    end = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < end:
        time.sleep(0.01)
    assert threading.active_count() == before
    assert not thinks or len(asked) <= 1  # it does not go on to what it was still asked


@pytest.mark.parametrize("spec", SPECS)
def test_it_becomes_a_replay_that_can_be_shown_again(spec, begin):
    live = begin(spec, chancy)
    play_out(live)
    replay = live.to_replay()
    assert verify(replay).kind == "ok"
    assert simulate(replay).tobytes() == live.playback.states.tobytes()
    assert [seat.agent for seat in replay.seats] == ["spec"] * live.game.seats
    shown = Playback.of(replay)
    assert shown.states.tobytes() == live.playback.states.tobytes()
    np.testing.assert_array_equal(shown.actions, live.playback.actions)
    np.testing.assert_allclose(shown.values(), live.playback.values(), rtol=1e-6)


def test_what_a_search_counted_stands_in_the_replay(begin):
    def searcher(view):
        visits = np.arange(16)[None] * (view.mask > 0)
        best = visits.argmax(axis=1)
        return Decision(best, visits=visits, line=np.array([[best[0], 0]]))

    live = begin(SPECS[2], [searcher, chancy])
    play_out(live)
    thoughts = live.to_replay().annotations
    assert thoughts.visits[0, 0].tolist() == list(range(16))
    assert not thoughts.visits[1::2].any()  # the other seat counts nothing
    assert thoughts.line[0, 0, :3].tolist() == [15, 0, -1]
    assert (thoughts.line[1::2] == -1).all()
    shown = Playback.of(live.to_replay())
    assert shown.decision(0).visits.tolist() == [list(range(16))]


def test_what_a_person_played_is_not_put_down_to_the_agent(begin):
    live = begin("gridworld:level=cliff", eastward)
    live.take_over(0)
    live.act(0)
    live.go()
    live.hand_back(0)
    assert live.to_replay().seats == [Seat("agent 0, taken over")]
    live.new_episode()
    assert live.to_replay().seats == [Seat("agent 0", "spec")]


def test_players_must_fit_the_seats():
    with pytest.raises(ValueError, match="1 seats, not 2 players"):
        Live(make_game("gridworld"), 0, [None, None], [Seat("")])
