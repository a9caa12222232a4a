"""Do our rules of Go and a slow referee agree on every mask, board and score of random games?"""

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.generator import seeded
from envs.goban.area import territory
from envs.goban.board_text import diagram
from envs.goban.game import Goban
from envs.goban.points import EMPTY, around, point_of
from envs.goban.state import stones
from envs.goban.zobrist import KEYS
from tests.envs.goban_referee import MARKS, Referee, is_position, owners, region, without

ROOT = Path(__file__).resolve().parents[2]
RULE_SETS = list(product(("positional", "situational", "simple"), (False, True), ("area", "capture")))
# How many games of each size. Those of the sizes between are played in plain Python: to compile for each takes longer.
GAMES = {2: 9000, 3: 8400, 4: 2400, 5: 600, 9: 24, 19: 6}
BETWEEN = [size for size in range(6, 19) if size not in GAMES]
PLAY = """
from tests.envs.test_goban_referee import agree
for size in {sizes}:
    agree(size, range(size * {games}, (size + 1) * {games}))
"""


def some_settings(size: int, number: int) -> dict:
    """Return what the game with that number is played by: the rule sets in turn, every second time from a setup."""
    rng = np.random.default_rng([size, number])
    superko, suicide, rules = RULE_SETS[number % len(RULE_SETS)]
    found = {
        "superko": superko,
        "suicide": suicide,
        "rules": rules,
        "komi": int(rng.integers(-9, 10)) / 2,
        "first": ("black", "white")[rng.integers(2)],
        "move_limit": int(rng.integers(20, 65)),
    }
    if rules == "capture":
        found["capture"] = int(rng.integers(1, 2 * size))
    else:
        found["opening"] = int(rng.integers(size))
    if number // len(RULE_SETS) % 2:
        found["setup"] = some_board(size, rng)
    return found


def some_board(size: int, rng: np.random.Generator, black: float = 0.5) -> str:
    """Throw stones on the board, that share of them black, and take off the chains without a liberty."""
    full = rng.uniform()
    board = "".join(rng.choice(list(".XO"), size * size, p=[1 - full, full * black, full * (1 - black)]))
    for point in range(size * size):
        chain, beside = region(board, size, point)
        if board[point] != "." and "." not in beside:
            board = without(board, chain)
    return "/".join(board[row : row + size] for row in range(0, size * size, size))


def agree(size: int, numbers: range) -> None:
    """Play these games side by side to the end, and compare them before every ply and at the end."""
    games = [Goban(size, **some_settings(size, number)) for number in numbers]
    game, states = games[0], np.concatenate([game.template for game in games]).view(np.recarray)
    states.rng[:] = seeded(numbers)
    none, all_of_them = np.zeros(len(states), np.bool_), np.ones(len(states), np.bool_)
    observation, mask = game.buffers(len(states))
    game.kernels.restart(states, all_of_them, observation, mask)
    referees = [referee_of(state, size, number) for state, number in zip(states, numbers, strict=True)]
    rng, rewards, ended = (
        np.random.default_rng(numbers.start),
        np.empty((len(states), 2)),
        np.empty((2, len(states)), np.bool_),
    )
    compare(game, states, mask, referees)
    while mask.any():
        weight = np.where(mask == 1, rng.random(mask.shape), -1)
        weight[..., -1] *= 0.5  # fewer passes than at random
        actions = weight.argmax(axis=-1)
        playing = states.status == 0
        game.kernels.step(states, actions, none, rewards, *ended, observation, mask)
        for i in np.flatnonzero(playing):
            referees[i].play(int(actions[i, 0]))
        compare(game, states, mask, referees)
        assert rewards[playing].tolist() == [payment(referees[i]) for i in np.flatnonzero(playing)]
    for state, referee in zip(states, referees, strict=True):
        assert diagram(territory(state)).replace("\n", "") == owners(referee.board, size)


def referee_of(state: np.record, size: int, number: int) -> Referee:
    """Return a referee who has watched the opening; what is captured there does not count."""
    settings = some_settings(size, number)
    opening = settings.pop("opening", 0)
    referee = Referee(size, **settings)
    for move in state.move[: state.ply].tolist():
        assert move != referee.pass_move
        referee.play(move)
    assert state.ply == opening or not any(referee.mask()[:-1])
    referee.captured = dict.fromkeys(MARKS, 0)
    return referee


def compare(game: Goban, states: np.recarray, mask: np.ndarray, referees: list[Referee]) -> None:
    boards = np.array(list(".XO"))[stones(states)].reshape(len(states), -1)
    reasons = np.array(game.reasons)[states.reason]
    told = (boards, mask[:, 0], states.captured, reasons, states.score)
    for board, legal, captured, reason, score, referee in zip(
        *map(np.ndarray.tolist, told), referees, strict=True
    ):
        assert "".join(board) == referee.board
        assert legal == referee.mask(), f"{referee.diagram()}\n{referee.mover} to move after {referee.moves}"
        assert captured == list(referee.captured.values())
        assert reason == referee.reason
        lead = 0 if reason == "playing" else 2 * referee.score()
        assert score == [lead, -lead]


def payment(referee: Referee) -> list[float]:
    if referee.reason in ("playing", "move limit"):
        return [0, 0]
    return [np.sign(referee.score()), -np.sign(referee.score())]


def in_another_process(sizes: list[int], games: int, **variables: str) -> subprocess.Popen:
    command = [sys.executable, "-W", "error::RuntimeWarning", "-c", PLAY.format(sizes=sizes, games=games)]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | variables, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("size", GAMES)
def test_the_referee_agrees(size):
    for first in range(0, GAMES[size], 600):
        agree(size, range(first, min(first + 600, GAMES[size])))


def test_the_referee_agrees_in_plain_python_and_with_every_index_checked():
    runs = [
        in_another_process([2, 3], 24, NUMBA_DISABLE_JIT="1"),
        in_another_process(BETWEEN, 2, NUMBA_DISABLE_JIT="1"),
        in_another_process([3, 5], 120, NUMBA_BOUNDSCHECK="1"),
    ]
    for run in runs:
        _, errors = run.communicate()
        assert run.returncode == 0, errors


# Whatever is played


@st.composite
def games(draw):
    """Return a game begun, and a list of numbers that choose its moves."""
    size = draw(st.sampled_from([3, 5]))
    game = Goban(size, **some_settings(size, draw(st.integers(0, 10_000))) | {"opening": 0})
    return game, draw(st.lists(st.integers(0, 10**6), min_size=1, max_size=60))


def play(game: Goban, choices: list[int]) -> Iterator[np.recarray]:
    """Play a move for each choice until the game ends; yield the same record again after every one."""
    states = game.new_states([0])
    yield states
    for choice in choices:
        legal = np.flatnonzero(game.observe(states)[1])
        if not len(legal):
            return
        game.step(states, legal[[choice % len(legal)]])
        yield states


def text(states: np.recarray) -> str:
    return diagram(stones(states[0])).replace("\n", "")


@given(games())
def test_every_stone_laid_stands_or_is_captured(begun):
    game, choices = begun
    for states in play(game, choices):
        state, points = states[0], len(text(states))
        laid = np.count_nonzero(state.setup) + np.count_nonzero(state.move[: state.ply] != points)
        assert laid == points - text(states).count(".") + state.captured.sum()


@given(games())
def test_no_chain_without_a_liberty_stands(begun):
    game, choices = begun
    for states in play(game, choices):
        assert is_position(text(states), int(states.side[0]))


@given(games())
def test_a_pass_changes_nothing_but_whose_turn_it_is(begun):
    game, choices = begun
    *_, states = play(game, choices)
    before = states.copy()
    if states.status[0] == 0:
        game.step(states, [states.side[0] ** 2])
        changed = {name for name in states.dtype.names if states[name].tobytes() != before[name].tobytes()}
        assert changed <= {"ply", "to_move", "passes", "move", "history", "status", "reason", "score"}


@given(games(), st.integers(1, 7))
def test_a_turned_game_has_turned_masks(begun, turn):
    game, choices = begun
    symmetry = game.symmetries[turn]
    turned = Goban(**game.kwargs | {"setup": None})
    turned.template.setup[0].ravel()[symmetry.actions[:-1]] = game.template.setup[0].ravel()
    other = turned.new_states([0])
    for states in play(game, choices):
        if states.ply[0]:
            turned.step(other, symmetry.actions[[states.move[0, states.ply[0] - 1]]])
        mask = game.observe(states)[1]
        assert np.array_equal(turned.observe(other)[1], symmetry.over_actions(mask))
        assert states.score[0].tolist() == other.score[0].tolist()


@given(games())
def test_chains_and_keys_kept_up_step_by_step_are_those_of_the_board(begun):
    game, choices = begun
    for states in play(game, choices):
        state, board = states[0], text(states)
        size, key = int(state.side), np.uint64(0)
        for move, mark in enumerate(board):
            if mark == ".":
                continue
            key ^= KEYS[1 + MARKS.index(mark), point_of(state, move)]
            chain, _ = region(board, size, move)
            assert len({int(state.chain[point_of(state, stone)]) for stone in chain}) == 1
            assert ring(state, move) == {point_of(state, stone) for stone in chain}
            name = state.chain[point_of(state, move)]
            free = [near for stone in chain for near in around(state, point_of(state, stone))]
            assert state.liberties[name] == sum(state.board[near] == EMPTY for near in free)
        assert state.key == key


def ring(state: np.record, move: int) -> set[int]:
    """Return the points that `next` leads through from a stone until it comes back there."""
    start = point_of(state, move)
    found, point = {start}, int(state.next[start])
    while point != start:
        found.add(point)
        point = int(state.next[point])
    return found
