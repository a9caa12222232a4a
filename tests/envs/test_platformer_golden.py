"""Do games that were played once go the same way today? And does each shipped level have a way to its flag?

`golden/platformer.txt` has one game a line: spec, seed, the actions (a hexadecimal digit each, seat by seat), digests
of what is decided in play every 50 plies, and the scores at the end. After a change of the rules that is meant,
`python -m tests.envs.test_platformer_golden` plays the same actions again and writes down what comes of them.
"""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from envs.catalog import make_game
from envs.platformer.level import shipped_levels
from envs.platformer.rules import REASONS

GOLDEN = Path(__file__).parent / "golden" / "platformer.txt"
DECIDED = (
    "tick",
    "x",
    "y",
    "vx",
    "vy",
    "footing",
    "best",
    "lives",
    "purse",
    "coins",
    "bricks",
    "foes",
    "score",
)
GAMES = [line.split() for line in GOLDEN.read_text().splitlines()]


def go(spec: str, seed: str, moves: str) -> tuple[list[str], np.record]:
    """Play the game; return its digests and the state at the end."""
    game = make_game(spec)
    states = game.new_states([int(seed)])
    actions = np.array([int(digit, 16) for digit in moves]).reshape(-1, 1, game.seats)
    digest, told = hashlib.blake2b(digest_size=4), []
    for ply, action in enumerate(actions, 1):
        game.step(states, action)
        for key in DECIDED:
            digest.update(states[key].astype("<i8").tobytes())
        if ply % 50 == 0 or ply == len(actions):
            told.append(digest.hexdigest())
    return told, states[0]


def score_of(state: np.record) -> str:
    return ",".join(map(str, state.score.tolist()))


@pytest.mark.parametrize(
    ("spec", "seed", "moves", "digests", "score"), GAMES, ids=[f"{game[0]} {game[1]}" for game in GAMES]
)
def test_a_game_goes_the_same_way_again(spec, seed, moves, digests, score):
    told, state = go(spec, seed, moves)
    assert told == digests.split(",")
    assert score_of(state) == score


def test_every_shipped_level_is_finished_in_one_of_them():
    ends = {spec: REASONS[go(spec, seed, moves)[1].reason] for spec, seed, moves, *_ in GAMES}
    assert {name for name in shipped_levels() if ends.get(f"platformer:level={name}") == "flag"} == set(
        shipped_levels()
    )


if __name__ == "__main__":
    lines = []
    for spec, seed, moves, *_ in GAMES:
        told, state = go(spec, seed, moves)
        lines.append(" ".join([spec, seed, moves, ",".join(told), score_of(state)]))
    GOLDEN.write_text("\n".join(lines) + "\n")
