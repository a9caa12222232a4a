"""How is self-play kept as arrays, and gone on with as if nothing had been between?

No record of a game is kept, but its moves, and they are played again: of what comes from a file nothing is trusted that
could lead beyond an array.
"""

from __future__ import annotations

import numpy as np

from agents.alphazero.self_play import Games, Part, SelfPlay, Window
from agents.alphazero.tree import NOTHING, Trees, branch_off
from agents.saved import check_array
from envs.bad_input import BadInput
from envs.compiled import compiled
from envs.game import Game
from envs.goban.observation import write
from envs.goban.rules import advance, begin, legal, play

_NODE = ("parent", "via", "worth", "lead", "logits", "visits", "pending", "total", "total_lead")
_UNKNOWN = ("worth", "lead", "logits")  # NaN where it is still to be judged, and -inf where a move is illegal
_MOST_VISITS = 10**6  # of a move; a search makes fewer

Arrays = dict[str, np.ndarray]


def kept(self_play: SelfPlay) -> Arrays:
    """Return all of it."""
    arrays = {f"window/{name}": array for name, array in self_play.window._asdict().items()}
    arrays["window/seen"] = _packed(self_play.window.seen)
    for number, part in enumerate(self_play.parts):
        arrays |= {f"{number}/{name}": array for name, array in _kept_of(part).items()}
    return arrays


def _kept_of(part: Part) -> Arrays:
    """Return the games of a thread."""
    games, trees, state = part.games, part.trees, part.games.state
    return {
        "moves": state["move"],
        "ply": state["ply"],
        "opening": state["opening"],
        "komi": state["komi"],
        "chance": state["rng"],
        "first": games.first,
        "hopeless": games.hopeless,
        "policy": games.policy[_learnt_from(games.first, state["ply"], games.policy.shape[1])],
        "rng": games.rng,
        "used": trees.used,
        "begun": trees.begun,
        "leaf": trees.leaf,
        "noise": trees.noise,
        **{name: trees.node[name] for name in _NODE},
    }


def _packed(seen: np.ndarray) -> np.ndarray:
    """Return boards uint8 [W, planes, side, side] of 0 and 1 with eight points in a byte, uint8 [W, bytes]."""
    return np.packbits(seen.reshape(len(seen), -1), axis=1)


def _learnt_from(first: np.ndarray, ply: np.ndarray, plies: int) -> np.ndarray:
    """Return which plies so far of each game are learnt from, bool [B, plies]."""
    return (np.arange(plies) >= first[:, None]) & (np.arange(plies) < ply[:, None])


def take_up(self_play: SelfPlay, game: Game, arrays: Arrays) -> None:
    """Go on from what `kept` returned. Raises BadInput where that does not fit, and then nothing is changed."""
    own_window = self_play.window._replace(seen=_packed(self_play.window.seen))
    window = Window(**{
        name: check_array(arrays, f"window/{name}", own.shape, own.dtype.type)
        for name, own in own_window._asdict().items()
    })  # fmt: skip
    seen = self_play.window.seen
    window = window._replace(seen=np.unpackbits(window.seen, axis=1, count=seen[0].size).reshape(seen.shape))
    points = window.owner.shape[1]
    if np.abs(window.score.astype(int)).max() > points or np.abs(window.owner.astype(int)).max() > 1:
        raise BadInput(f"window/score or window/owner is beyond what {points} points can be")
    if (window.written < 0).any():
        raise BadInput("window/written is below 0")
    taken = []
    for number, part in enumerate(self_play.parts):
        own = {
            name: _checked(arrays, f"{number}/{name}", like) for name, like in _kept_of(part).items()
        }  # before anything is changed
        games = _games(part, game, own)
        taken.append((games, _trees(part, games, own)))
    for own_array, array in zip(self_play.window, window, strict=True):
        own_array[:] = array
    for part, (games, trees) in zip(self_play.parts, taken, strict=True):
        part.take_up(games, trees)


def _checked(arrays: Arrays, name: str, like: np.ndarray) -> np.ndarray:
    if name.endswith("/policy"):
        length = len(arrays[name]) if name in arrays and arrays[name].ndim else 0
        return check_array(arrays, name, (length, *like.shape[1:]), like.dtype.type)
    if name.split("/")[1] not in _UNKNOWN:
        return check_array(arrays, name, like.shape, like.dtype.type)
    array = arrays.get(name)
    if array is None or array.shape != like.shape or array.dtype != like.dtype:
        raise BadInput(f"array {name!r} is not {like.dtype}{list(like.shape)}")
    return array.copy()


def _games(part: Part, game: Game, own: Arrays) -> Games:
    """Return the games of a thread, their moves played again."""
    if not ((own["first"] >= 0) & (own["first"] <= own["ply"]) & (own["ply"] < own["moves"].shape[1])).all():
        raise BadInput("ply or first is not that of a game under way")
    if not (
        (own["hopeless"] == NOTHING) | ((own["hopeless"] >= own["first"]) & (own["hopeless"] <= own["ply"]))
    ).all():
        raise BadInput("hopeless is no ply of a game under way")
    states, seen = game.new_states(range(len(own["ply"]))), np.zeros_like(part.games.seen)
    points = part.trees.noise.shape[1] - 1
    if (np.abs(own["komi"].astype(int)) > 2 * max(points, abs(int(game.template[0].komi)))).any():
        raise BadInput("komi is beyond what the board has points")
    states["opening"], states["komi"] = 0, own["komi"]
    if not replay(states, own["moves"], own["ply"], own["first"], seen):
        raise BadInput("moves has one that is not legal, or one that ends the game")
    states["opening"], states["rng"] = own["opening"], own["chance"]
    policy = np.zeros_like(part.games.policy)
    learnt_from = _learnt_from(own["first"], own["ply"], policy.shape[1])
    if len(own["policy"]) != learnt_from.sum():
        raise BadInput("policy has not a row for each ply that is learnt from")
    policy[learnt_from] = own["policy"]
    return Games(states, own["rng"], seen, policy, own["first"], own["hopeless"])


def _trees(part: Part, games: Games, own: Arrays) -> Trees:
    """Return the trees of a thread, their moves played again."""
    state, node = np.zeros_like(part.trees.state), np.zeros_like(part.trees.node)
    for name in _NODE:
        node[name] = own[name]
    trees = Trees(state, node, *(own[name] for name in ("used", "begun", "leaf", "noise")))
    if not ((trees.used >= 1) & (trees.used <= node.shape[1])).all() or (trees.begun < NOTHING).any():
        raise BadInput("used or begun is not that of a tree")
    visits, pending = node["visits"], node["pending"]
    if (pending < 0).any() or (pending > visits).any() or (visits > _MOST_VISITS).any():
        raise BadInput("visits or pending is not a number of visits")
    for g in range(len(state)):
        state[g, 0] = games.state[g]
        if not branch_off(trees, g):
            raise BadInput(f"parent or via is not that of a tree, in game {g}")
    rows, leaf = np.arange(len(state)), trees.leaf[:, 0]
    at = np.clip(leaf, 0, trees.used - 1)
    known = (state["status"][rows, at] != 0) | ~np.isnan(node["worth"][rows, at])
    if ((leaf < NOTHING) | (leaf >= trees.used) | ((leaf != NOTHING) & known)).any():
        raise BadInput("leaf is not a position that is to be judged")
    return trees


@compiled
def replay(states, moves, plies, first, seen):
    """Play games from the beginning, and write what there was to see before each ply after the opening.

    Returns whether all moves are legal and no game is over.
    """
    rewards = np.empty(2)
    mask = np.empty(len(states[0].setup) ** 2 + 1, np.int8)
    atari, marked = np.empty((2, len(states[0].board)), np.uint8)
    listed = np.empty(len(states[0].board), np.int16)
    for g in range(len(states)):
        begin(states[g])
        for ply in range(plies[g]):
            move = moves[g, ply]
            if move < 0 or move >= len(mask) or not legal(states[g], move):
                return False
            if ply < first[g]:
                advance(states[g], move)
            else:
                write(states[g], seen[g, ply], mask, atari, marked, listed)
                play(states[g], move, rewards)
            if ply + 1 == first[g]:
                states[g].captured[:] = 0  # as in `begin`
            if states[g].status != 0:
                return False
    return True
