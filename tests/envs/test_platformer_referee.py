"""Do our rules of the platformer and a slow referee agree on every runner, coin and foe of random games?"""

import numpy as np
import pytest

from envs.platformer.game import Platformer
from envs.platformer.level import shipped_levels
from tests.envs.platformer_referee import Referee
from tests.envs.platformer_soup import soup

# The seven actions: to stand and to go left are rare, so that the games get somewhere.
SEVEN = [0.05, 0.1, 0.15, 0.25, 0.3, 0.05, 0.1]


def plan(plies: int, seats: int, actions: int, rng: np.random.Generator) -> np.ndarray:
    """Return actions [plies, seats], each held for some plies, as people do."""
    chance = SEVEN if actions == 7 else None
    held = rng.choice(actions, (plies, seats), p=chance)
    again = rng.random((plies, seats)) < rng.choice([0.2, 0.6, 0.9])
    for ply in range(1, plies):
        held[ply, again[ply]] = held[ply - 1, again[ply]]
    return held


def agree(game: Platformer, seed: int, plies: int) -> None:
    """Play one game and compare everything that the rules decide after every ply."""
    states = game.new_states([seed])
    state = states[0]
    referee = Referee(state)
    total = np.zeros(game.seats)
    for actions in plan(plies, game.seats, int(game.action_space.n), np.random.default_rng(seed)):
        total += game.step(states, actions[None]).rewards[0]
        referee.play(actions.tolist())
        compare(state, referee)
        if referee.reason != "playing":
            break
    assert np.abs(total - state.score / 1000).max() < 1e-9, "the rewards are not the score"


def compare(state: np.record, referee: Referee) -> None:
    where = f"after tick {referee.tick}"
    for seat, runner in enumerate(referee.runners):
        assert bool(state.out[seat]) == runner.out, where
        assert int(state.score[seat]) == runner.score, where
        assert (int(state.purse[seat]), int(state.lives[seat])) == (runner.coins, runner.lives), where
        if not runner.out:
            ours = [int(state[key][seat]) for key in ("x", "y", "vx", "vy", "footing", "best")]
            under = runner.under
            footing = 2 + under if isinstance(under, int) else ("air", "ground").index(under)
            box = runner.box
            assert ours == [box.left, box.top, runner.vx, runner.vy, footing, runner.farthest], where
    coins = {int(state.coin_cell[k]) for k in range(state.coin_count) if int(state.coins) >> k & 1}
    bricks = {int(state.brick_cell[k]) for k in range(state.brick_count) if int(state.bricks) >> k & 1}
    left = {kind: set() for kind in ("coin", "brick")}
    for (row, col), tile in referee.tiles.items():
        left.setdefault(tile.what, set()).add(row * referee.cols + col)
    assert (coins, bricks) == (left["coin"], left["brick"]), where
    assert [int(state.foes) >> k & 1 for k in range(len(referee.up))] == referee.up, where
    reasons = ("playing", "flag", "death", "time limit")
    assert reasons[state.reason] == referee.reason, where
    assert int(state.ply) == referee.plies


@pytest.mark.parametrize("level", shipped_levels())
def test_the_referee_agrees_on_the_levels_made_by_hand(level):
    for seed in range(4):
        agree(Platformer(level, lives=9, frame_skip=1 + seed), seed, 1200 // (1 + seed))


@pytest.mark.parametrize("difficulty", [0, 0.2, 0.5, 0.7, 1])
def test_the_referee_agrees_on_drawn_levels(difficulty):
    for seed in range(24):
        agree(
            Platformer(levels=seed, difficulty=difficulty, lives=1 + seed % 4, frame_skip=1 + seed % 4),
            seed,
            250,
        )


@pytest.mark.parametrize("actions", ["seven", "buttons"])
def test_the_referee_agrees_on_what_nobody_would_build(actions):
    for seed in range(80):
        agree(Platformer(soup(seed), actions=actions, lives=20, frame_skip=1), seed, 250)


@pytest.mark.parametrize("runners", [2, 4])
def test_the_referee_agrees_on_races(runners):
    for seed in range(12):
        agree(Platformer(soup(seed), runners=runners, lives=5, actions="buttons"), seed, 150)
        agree(
            Platformer(levels=seed, difficulty=0.4, runners=runners, lives=2, coin=-0.5, time_limit=120),
            seed,
            150,
        )
