"""Does the greedy player of Go take, save, keep its eyes, and pass only in the end?"""

import numpy as np
import pytest

from agents.greedy import Greedy
from agents.random import RandomAgent
from envs.bad_input import BadInput
from envs.game import Game
from envs.generator import seeded
from envs.goban.game import Goban
from envs.view import View


def seen(game: Game, states: np.recarray, seed: int = 0) -> View:
    observation, mask = game.observe(states)
    return View(observation[:, 0], mask[:, 0], seeded(range(seed, seed + len(states))), states)


def likely(setup: str, **settings: object) -> dict[str, float]:
    """Return the moves that it may choose on a board, with their probabilities."""
    game = Goban(size=len(setup.split()), setup="/".join(setup.split()), **settings)
    decision = Greedy(game).act(seen(game, game.new_states(range(400))))
    odds = decision.policy[0]
    drawn = np.bincount(decision.actions, minlength=len(odds))
    assert drawn == pytest.approx(400 * odds, abs=5 * 400**0.5)
    assert (drawn[odds == 0] == 0).all()
    return {game.action_names[action]: odds[action] for action in np.flatnonzero(odds)}


@pytest.mark.parametrize(
    ("setup", "moves"),
    [
        ("OX... ..... ..... ..... .....", ["A4"]),
        ("OX... ..... ..... XXX.. .OOX.", ["A1"]),  # two rather than one
        (".OX.. OXX.. OX... X.... ...XO", ["A5"]),  # three in two chains rather than one
        ("OX... ..... ..... ...X. ..XO.", ["A4", "E1"]),  # one or one
        ("OX... ..... ..O.. .OX.. ..O..", ["A4"]),  # it takes before it saves
    ],
)
def test_it_takes_the_most_stones_it_can(setup, moves):
    assert likely(setup) == pytest.approx(dict.fromkeys(moves, 1 / len(moves)))


@pytest.mark.parametrize(
    ("setup", "move"),
    [
        ("..... ..O.. .OX.. ..O.. .....", "D3"),
        ("XO... ..... ..... ....O ..OXX", "D2"),  # two rather than one
    ],
)
def test_it_saves_the_most_stones_it_can(setup, move):
    assert likely(setup) == {move: 1}


def test_what_would_be_in_atari_again_is_not_saved():
    moves = likely("XO... .O... ..... ..... .....")
    assert moves == pytest.approx(dict.fromkeys(moves, 1 / 22))


@pytest.mark.parametrize(
    ("setup", "moves"),
    [
        (".XXX. XXXXX XXXXX XXXXX XXXXX", {"pass"}),
        (".XXX. XXXXX XXXXX XXX.. XXXX.", {"D2", "E2", "E1"}),
    ],
)
def test_it_fills_no_eye_and_passes_when_nothing_else_is_left(setup, moves):
    assert set(likely(setup)) == moves


def test_it_commits_no_suicide_though_it_is_legal():
    assert likely("XXXX. XXXXX OOOOO .OOO. OOOOO", suicide=True, superko="situational") == {"pass": 1}


def test_it_never_passes_while_there_is_something_to_play():
    game = Goban(size=5)
    states = game.new_states(range(100))
    for ply in range(12):
        actions = Greedy(game).act(seen(game, states, ply)).actions
        assert (actions < 25).all()
        game.step(states, actions)


def test_it_is_the_first_rung_above_random():
    game = Goban(size=5, komi=0.5)
    states = game.new_states(range(400))
    players = Greedy(game), RandomAgent(game)
    mine = np.arange(400) % 2  # its seat
    while (going := np.flatnonzero(states.status == 0)).size:
        view = seen(game, states[going].view(np.recarray), int(states.ply.max()))
        greedy, other = (player.act(view).actions for player in players)
        playing = view.states.copy()
        game.step(playing, np.where(playing.to_move == mine[going], greedy, other))
        states[going] = playing
    assert (states.score[np.arange(400), mine] > 0).mean() > 0.9


def test_it_needs_the_states():
    game = Goban(size=5)
    view = seen(game, game.new_states([0]))
    view.states = None
    with pytest.raises(BadInput, match=r"^greedy: needs the states of the games"):
        Greedy(game).act(view)


def test_it_plays_where_there_is_a_greedy_player():
    with pytest.raises(BadInput, match=r"^greedy: platformer:levels=train is neither Go nor a gridworld"):
        Greedy("platformer:levels=train")
