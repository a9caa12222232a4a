"""Is a race fair, and do foragers keep out of each other's way?"""

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import binomtest, chisquare, ks_2samp

from envs.gridworld.game import Gridworld

N, E, S, W = range(4)
CROWD = "hunger: 12\nripe: 3\ntime limit: 60\n\nSSS*Sx\nS1*ooS\n~.**.x\nab1.oB\nSS.A.o"


def race(level: str, foragers: int, **settings: object) -> Gridworld:
    return Gridworld(level=level, obs="grid", foragers=foragers, **settings)


def test_no_two_foragers_ever_share_a_cell():
    for foragers in (2, 5):
        game = race(CROWD, foragers, slip="1/5")
        states = game.new_states(range(300))
        rng = np.random.default_rng(0)
        shared = 0
        for _ in range(150):
            step = game.step(states, rng.integers(4, size=(300, foragers)))
            game.kernels.restart(
                states, (step.terminated | step.truncated) & (rng.random(300) < 0.5), *game.buffers(300)
            )
            cells = np.where(states.out == 1, -1 - np.arange(foragers), states.cell)
            shared += sum(len(set(row)) < foragers for row in cells.tolist())
        assert shared == 0


def test_who_is_out_stands_in_nobodys_way_and_moves_no_more():
    game = race("reward lava: -1\ntime limit: 9\n\nS~S.G", 2)
    states = game.new_states([0])
    left = int(states.cell[0].argmin())
    right = 1 - left
    actions = np.zeros((1, 2), int)
    for move in (E, W, W):
        actions[0, left] = E
        actions[0, right] = move if states.out[0, left] else N
        game.step(states, actions)
    assert states.out[0].tolist() == [1, 1]
    assert states.score[0].tolist() == [-1000, -1000]
    assert game.reasons[states.reason[0]] == "lava"


def test_a_goal_ends_the_race_for_all():
    game = race("reward goal: 2\n\nS.G\nS..", 2)
    states = game.new_states(range(50))
    upper = (states.cell < 3).argmax(axis=1)
    for _ in range(2):
        step = game.step(states, np.full((50, 2), E))
    assert step.terminated.all()
    assert (states.score[np.arange(50), upper] == 2000).all()
    assert (states.score.sum(axis=1) == 2000).all()


def test_only_the_holder_of_a_key_passes_its_door_and_the_key_is_gone():
    game = race("reward key: 1\n\nSaSG\n.AA.", 2)
    states = game.new_states(range(20))
    left = (states.cell == 0).argmax(axis=1)
    rows = np.arange(20)
    for moves in ([E, N], [E, W], [S, S]):
        actions = np.empty((20, 2), int)
        actions[rows, left], actions[rows, 1 - left] = moves
        game.step(states, actions)
    assert (states.cell[rows, left] == 5).all(), "through the door below the key"
    assert (states.cell[rows, 1 - left] == 2).all(), "blocked by the other first, then by the door"
    assert (states.score[rows, left] == 1000).all()
    assert (states.score[rows, 1 - left] == 0).all()


def test_after_a_fall_each_free_start_is_as_likely():
    game = race("\nSx..\nS.S.\n...G", 2)
    states = game.new_states(range(6000))
    states = states[(states.cell == 0).any(axis=1)].view(np.recarray)
    rows = np.arange(len(states))
    faller = (states.cell == 0).argmax(axis=1)
    other = states.cell[rows, 1 - faller].copy()
    actions = np.full((len(states), 2), S)
    actions[rows, faller] = E
    actions[rows, 1 - faller] = np.where(
        other == 4, W, N
    )  # into the edge, or away from the start and not back
    game.step(states, actions)
    waits = other == 4
    landed = states.cell[rows, faller][waits]
    assert set(landed.tolist()) == {0, 6}
    assert binomtest(int((landed == 0).sum()), len(landed)).pvalue > 1e-4


@pytest.mark.parametrize(("foragers", "starts"), [(2, 2), (2, 3), (3, 3), (3, 4)])
def test_every_seating_at_the_starts_is_as_likely(foragers, starts):
    game = race("\n" + "S." * starts + "\n" + ".G" * starts, foragers)
    found = game.new_states(range(9000)).cell // 2
    seatings = list(permutations(range(starts), foragers))
    counts = [int((found == seating).all(axis=1).sum()) for seating in seatings]
    assert sum(counts) == 9000
    assert chisquare(counts).pvalue > 1e-4


@pytest.mark.parametrize("foragers", [2, 3, 4])
def test_each_pair_wins_a_contested_apple_equally_often(foragers):
    level = "#S#\nSoS\n#S#" if foragers > 3 else "#S#\nSoS\n###"
    game = race("\n" + (level if foragers > 2 else "SoS"), foragers)
    centre = int(game.template[0].tile.tolist().index(8))
    cols = int(game.template[0].cols)
    inward = {centre - 1: E, centre + 1: W, centre - cols: S, centre + cols: N}
    states = game.new_states(range(6000))
    inwards = np.vectorize(inward.get)(states.cell)
    for pair in permutations(range(foragers), 2):
        actions = (inwards + 2) % 4  # the others turn to the wall
        actions[:, pair] = inwards[:, pair]
        after = states.copy()
        rewards = game.step(after, actions).rewards
        assert (rewards[:, pair].sum(axis=1) == 1).all()
        assert binomtest(int(rewards[:, pair[0]].sum()), 6000).pvalue > 1e-4, pair


def test_swapping_the_seats_swaps_what_they_get():
    game = Gridworld(level="orchard", obs="grid", foragers=2, time_limit=60)

    def scores(walker: int) -> np.ndarray:
        """Let one seat walk about and the other stay in one row; return (walker's, stayer's)."""
        states = game.new_states(range(walker * 2000, walker * 2000 + 2000))
        rng = np.random.default_rng(walker)
        for _ in range(60):
            actions = np.empty((2000, 2), int)
            actions[:, walker] = rng.integers(4, size=2000)
            actions[:, 1 - walker] = rng.choice([E, W], size=2000)
            game.step(states, actions)
        return states.score[:, [walker, 1 - walker]]

    first, second = scores(0), scores(1)
    assert first.std(axis=0).min() > 0
    for side in range(2):
        assert ks_2samp(first[:, side], second[:, side]).pvalue > 1e-4
