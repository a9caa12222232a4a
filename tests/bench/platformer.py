"""How fast is the platformer beside gym-super-mario-bros and procgen, and how fast are levels drawn and certified?"""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import gymnasium

from agents.route_search import RouteSearch
from envs.catalog import make_game
from envs.compiled import argument
from envs.platformer.rules import begin
from tests.bench.certify_levels import NODES, WEIGHT
from tests.bench.measure import GAMES, SECONDS, Row, Run, recorded, single, vector

ROOT = Path(__file__).resolve().parents[2]
MARIO, MARIO_RECORDED = ROOT / ".venv-mario" / "bin" / "python", 810
COINRUN_RECORDED = (
    26_000  # 64x64x3, on two cores such as these; procgen has no wheel for Python 3.11 or newer
)
OURS = "envs:gamelab/Platformer-v0"


def mario() -> tuple[str, Run]:
    """The peer in its own environment, or what it did where it ran."""
    command = [str(MARIO), str(ROOT / "tests" / "bench" / "mario.py"), str(SECONDS)]

    def run() -> float:
        return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    try:
        run()
    except (OSError, subprocess.CalledProcessError, ValueError):
        return "gym-super-mario-bros, recorded: not installed here", recorded(MARIO_RECORDED)
    return "gym-super-mario-bros", run


def certifying() -> Run:
    """Hard levels drawn, one after the other, and a route found through each."""
    game = make_game("platformer:levels=endless,difficulty=hard")
    search, states = RouteSearch(game.template, NODES, WEIGHT), game.new_states([0])
    search.route(states[0])

    def run() -> float:
        count, began = 0, time.perf_counter()
        while time.perf_counter() - began < SECONDS:
            begin(argument(states)[0])
            search.route(states[0])
            count += 1
        return count / (time.perf_counter() - began)

    return run


def rows() -> list[Row]:
    levels = {"levels": "train"}
    tiles = gymnasium.make_vec(OURS, num_envs=GAMES, **levels)
    pixels = gymnasium.make_vec(OURS, num_envs=GAMES, obs="pixels", **levels)
    coinrun = "procgen CoinRun, recorded: not for this Python"
    return [
        Row(
            "platformer, vector face, 1,024 games, tiles",
            vector(tiles, GAMES, 7),
            "",
            None,
            at_least=1_000_000,
        ),
        Row(
            "platformer, vector face, 1,024 games, pixels",
            vector(pixels, GAMES, 7),
            coinrun,
            recorded(COINRUN_RECORDED),
            at_least=200_000,
        ),
        Row(
            "platformer, single face, tiles",
            single(gymnasium.make(OURS, **levels)),
            *mario(),
            at_least=50_000,
        ),
        Row("platformer, hard levels drawn and certified", certifying(), "", None, at_least=50),
    ]
