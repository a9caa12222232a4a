"""Does GNU Go play real games here, and does it see the same rules?"""

import os
import shutil

import numpy as np
import pytest

from agents.catalog import make_agent
from agents.engine import Engine
from arena.match import Played, play
from arena.schedule import Fixture, level_seeds
from envs.catalog import make_game
from envs.game import Game
from envs.generator import pick_any, seeded

pytestmark = pytest.mark.needs_gnugo

GNUGO = "gnugo --mode gtp --chinese-rules --positional-superko --never-resign --capture-all-dead --level 1"
SECONDS = 60


@pytest.fixture
def referee():
    """Give GNU Go to be asked what it makes of a game."""
    program = shutil.which("gnugo", path=os.environ["PATH"] + os.pathsep + "/usr/games")
    engine = Engine([program, *GNUGO.split()[1:]], SECONDS)
    yield lambda command: engine.ask(command, SECONDS)
    engine.close(2)


def games(spec: str, count: int, other: str = "random") -> tuple[Game, list[Played]]:
    """Let GNU Go meet another, one game with each colour for every seed."""
    game = make_game(spec)
    agents = {"gnugo": make_agent(f"gtp:{GNUGO}", game), "other": make_agent(other, game)}
    seats = [("gnugo", "other"), ("other", "gnugo")]
    played = [
        play(game, [Fixture(0, seed, pair)], agents)[0] for seed in level_seeds(1, count) for pair in seats
    ]
    for agent in agents.values():
        agent.close()
    return game, played


def tell(referee, game: Game, actions: list[list[int]]) -> None:
    referee(f"boardsize {game.kwargs['size']}")
    referee("clear_board")
    referee(f"komi {game.kwargs['komi']}")
    for ply, [action] in enumerate(actions):
        referee(f"play {'BW'[ply % 2]} {game.action_names[action]}")


@pytest.mark.parametrize(("size", "count"), [(5, 4), (7, 2), (9, 1)])
def test_it_beats_random_with_both_colours_and_agrees_on_the_score(size, count, referee):
    game, every = games(f"goban:size={size},komi=6.5", count)
    for played in every:
        assert (played.reason, played.forfeit) == ("two passes", -1)
        winner = "gnugo" if played.fixture.seats[0] == "gnugo" else "other"
        assert (played.scores[0] > 0) == (winner == "gnugo")
        tell(referee, game, played.actions)
        colour, margin = referee("final_score").split("+")
        assert played.scores[0] / 2 == {"B": 1, "W": -1}[colour] * float(margin)


def test_it_agrees_on_the_score_of_close_games(referee):
    game, every = games("goban:size=7,komi=9,opening=2", 2, f"gtp:{GNUGO} --play-out-aftermath")
    for played in every:
        assert played.reason == "two passes"
        tell(referee, game, game_moves(game, played))
        assert referee("final_score") == said(played.scores[0])


def game_moves(game: Game, played: Played) -> list[list[int]]:
    """Return all moves, those of the opening too."""
    state = game.new_states([played.fixture.seed])
    return [[int(move)] for move in state[0].move[: state[0].ply]] + played.actions


def said(score: int) -> str:
    """Write half points as GTP does."""
    return f"{'B' if score > 0 else 'W'}+{abs(score) / 2:.1f}" if score else "0"


def test_one_seed_is_one_game_whatever_was_played_before():
    _, [first, second] = games("goban:size=5", 1)
    game = make_game("goban:size=5")
    agents = {"gnugo": make_agent(f"gtp:{GNUGO}", game), "other": make_agent("random", game)}
    [again] = play(game, [second.fixture], agents)
    agents["gnugo"].close()
    assert again.actions == second.actions
    assert first.actions != second.actions


@pytest.mark.parametrize("size", [5, 6, 9])
def test_it_agrees_which_moves_are_legal(size, referee):
    game = make_game(f"goban:size={size}")
    ko = taken = 0
    for seed in range(3):
        states, rng = game.new_states([seed]), seeded([seed])
        tell(referee, game, [])
        while not states[0].status:
            mask = game.observe(states)[1][0, 0, :-1]
            colour = "BW"[states[0].to_move]
            theirs = [int(referee(f"is_legal {colour} {name}")) for name in game.action_names[:-1]]
            assert theirs == mask.tolist(), game.text(states[0])
            ko += sum("ko" in game.fault(states[0], int(point)) for point in np.flatnonzero(mask == 0))
            move = int(pick_any(mask[None] == 1, rng)[0]) if mask.any() else size * size
            referee(f"play {colour} {game.action_names[move]}")
            game.step(states, np.array([[move]]))
        taken += int(states[0].captured.sum())
    assert taken > 50  # else the test shows nothing
    assert ko > 0 or size == 9
