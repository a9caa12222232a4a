"""What comes of random play of every level? A script whose hashes `test_ways_to_run` compares.

play_through.py SHORT LONG prints for each three: of its exact model, if small, of SHORT and of LONG plies.
"""

import hashlib
import sys

import numpy as np
from gymnasium.spaces import Discrete

from envs.catalog import make_game
from envs.game import Game
from envs.goban.game import Goban
from envs.gridworld.game import Gridworld
from tests.contract.configurations import SOLO, random_actions
from tests.games.tictactoe.game import TicTacToe

# What overflows 16 bits if plain Python counts with the record's own integers: many cells, many apples.
LARGE = ["gridworld:maze=90,obs=partial"]
APPLES = "hunger: 9\nripe: 20\n\nS" + "o" * 30
LETTERS = "reward cliff: -1000\n\nabcd1S\nABCD1x\n..**G~"
RACE = "hunger: 7\nripe: 2\n\nS*S*Sx\nSoooSo\n~**12.\nab12AB"


def games() -> list[Game]:
    return [
        *map(make_game, [*SOLO, *LARGE]),
        TicTacToe(size=5, row=4, opening=3, forfeits=True),
        Goban(size=4, suicide=True, superko="situational", opening=2, reward="margin"),
        Gridworld(APPLES, obs="grid"),
        Gridworld(LETTERS, slip="1/3"),
        Gridworld(RACE, obs="partial", view=3, foragers=5),
    ]


def hashes(game: Game, short: int, long: int) -> list[str]:
    """Play some games, starting anew those that end, and hash states, rewards and observations."""
    digest = hashlib.blake2b(digest_size=8)
    if isinstance(game.observation_space, Discrete) and game.observation_space.n <= 500:
        digest.update(repr(game.model()).encode())
    batch = 1 if game.template.itemsize > 10_000 else 3
    states = game.new_states(range(batch))
    rng = np.random.default_rng(0)
    found = [digest.hexdigest()]
    for ply in range(1, max(short, long) + 1):
        seen = game.observe(states)
        step = game.step(states, random_actions(seen[1], rng))
        for array in (states, *seen, *step):
            digest.update(array.tobytes())
        game.kernels.restart(states, step.terminated | step.truncated, *game.buffers(batch))
        if ply in (short, long):
            found.append(digest.hexdigest())
    return found


def play_through(short: int, long: int) -> list[list[str]]:
    return [[repr(game.spec), *hashes(game, short, long)] for game in games()]


if __name__ == "__main__":
    for line in play_through(int(sys.argv[1]), int(sys.argv[2])):
        print(*line)
