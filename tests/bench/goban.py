"""How fast is the Go board beside PettingZoo and OpenSpiel?"""

from __future__ import annotations

import random
import time
from typing import Any

import gymnasium
import numpy as np

from agents.mcts import MCTS
from envs.catalog import make_game
from envs.generator import pick_any, seeded
from envs.goban.playout import play_outs
from envs.view import View
from tests.bench.measure import GAMES, SECONDS, Row, Run

SIMULATIONS = 2000


def single_face() -> Run:
    """The Gymnasium face: observation and mask at every ply, a random legal move."""
    env = gymnasium.make("envs:gamelab/Goban-v0", size=9, opponent="self")
    chance = random.Random(0)
    _, info = env.reset(seed=0)

    def run() -> float:
        nonlocal info
        steps, began = 0, time.perf_counter()
        while time.perf_counter() - began < SECONDS:
            for _ in range(256):
                _, _, terminated, truncated, info = env.step(chance.choice(info["action_mask"].nonzero()[0]))
                if terminated or truncated:
                    _, info = env.reset()
            steps += 256
        return steps / (time.perf_counter() - began)

    return run


def pettingzoo_go() -> Run:
    """PettingZoo's board without wrappers: observation and mask from `last`, a random legal move."""
    from pettingzoo.classic import go_v5

    env = go_v5.raw_env(board_size=9, komi=7.5)
    chance = random.Random(0)
    env.reset(seed=0)

    def run() -> float:
        steps, began = 0, time.perf_counter()
        while time.perf_counter() - began < SECONDS:
            for _ in range(64):
                seen, _, terminated, truncated, _ = env.last()
                if terminated or truncated:
                    env.reset()
                else:
                    env.step(chance.choice(seen["action_mask"].nonzero()[0]))
            steps += 64
        return steps / (time.perf_counter() - began)

    return run


def vector_face() -> Run:
    """The native vector face in self-play: observation and mask of all games at every ply."""
    env = gymnasium.make_vec("envs:gamelab/Goban-v0", num_envs=GAMES, size=9, opponent="self")
    rng = seeded(range(GAMES))
    _, info = env.reset(seed=0)

    def choices() -> np.ndarray:
        mask = info["action_mask"] == 1
        mask[:, 81] |= ~mask.any(axis=1)  # a game that is over has no legal move; the next step restarts it
        return pick_any(mask, rng)

    *_, info = env.step(choices())

    def run() -> float:
        nonlocal info
        steps, began = 0, time.perf_counter()
        while time.perf_counter() - began < SECONDS:
            *_, info = env.step(choices())
            steps += GAMES
        return steps / (time.perf_counter() - began)

    return run


def openspiel_go() -> Run:
    """OpenSpiel's states, driven from Python: legal actions and observation of each at every ply."""
    import pyspiel

    game = pyspiel.load_game("go(board_size=9,komi=7.5)")
    states = [game.new_initial_state() for _ in range(GAMES)]
    chance = random.Random(0)

    def run() -> float:
        steps, began = 0, time.perf_counter()
        while time.perf_counter() - began < SECONDS:
            for i, state in enumerate(states):
                state.observation_tensor()
                state.apply_action(chance.choice(state.legal_actions()))
                if state.is_terminal():
                    states[i] = game.new_initial_state()
            steps += GAMES
        return steps / (time.perf_counter() - began)

    return run


def playouts() -> Run:
    """Random games from the empty board to the end."""
    game = make_game("goban:size=9")
    states, scratch = game.new_states(range(1000)), game.new_states([0])
    leads = np.empty(1000, np.int64)
    play_outs(states[:1], scratch, leads)

    def run() -> float:
        count, began = 0, time.perf_counter()
        while time.perf_counter() - began < SECONDS:
            play_outs(states, scratch, leads)
            count += 1000
        return count / (time.perf_counter() - began)

    return run


def tree_search() -> Run:
    """`mcts` from the empty board: simulations a second."""
    game = make_game("goban:size=9")
    agent, states = MCTS(game, simulations=SIMULATIONS), game.new_states([0])
    observation, mask = game.observe(states)

    def run() -> float:
        count, began = 0, time.perf_counter()
        while time.perf_counter() - began < SECONDS:
            agent.act(
                View(observation[:, 0], mask[:, 0], seeded([count]), states)
            )  # another seed: a new tree
            count += SIMULATIONS
        return count / (time.perf_counter() - began)

    run()
    return run


def openspiel_bot(simulations: int, seed: int) -> tuple[Any, Any]:
    """OpenSpiel's game and its C++ MCTSBot, one random rollout a simulation."""
    import pyspiel

    game = pyspiel.load_game("go(board_size=9,komi=7.5)")
    rollouts = pyspiel.RandomRolloutEvaluator(1, seed)
    return game, pyspiel.MCTSBot(game, rollouts, 2.0, simulations, 1000, False, seed, False)


def openspiel_search() -> Run:
    game, bot = openspiel_bot(SIMULATIONS, 1)
    state = game.new_initial_state()

    def run() -> float:
        count, began = 0, time.perf_counter()
        while time.perf_counter() - began < SECONDS:
            bot.step(state)
            count += SIMULATIONS
        return count / (time.perf_counter() - began)

    return run


def record_sizes() -> str:
    """Say how large a game's record is, and how large it may be."""
    said = []
    for size, most in ((9, 3), (19, 14)):
        kib = make_game(f"goban:size={size}").template.itemsize / 1024
        said.append(f"{size}x{size} {kib:.2f} KiB, at most {most}: {'reached' if kib <= most else 'missed'}")
    return "A record of Go: " + "; ".join(said)


def rows() -> list[Row]:
    return [
        Row("Go 9x9, single face", single_face(), "PettingZoo go_v5", pettingzoo_go(), 10),
        Row("Go 9x9, vector face, 1,024 games", vector_face(), "OpenSpiel from Python", openspiel_go(), 5),
        Row("Go 9x9, random playouts", playouts(), "", None, at_least=40_000),
        Row("Go 9x9, mcts, simulations", tree_search(), "OpenSpiel MCTSBot", openspiel_search(), 4),
    ]
