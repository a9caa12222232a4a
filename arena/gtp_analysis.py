"""How is what an agent thinks told to a Go program?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from envs.view import Decision

_PLACES = 10_000  # 54.32 % is written as 5432


def leela(decision: Decision, names: Sequence[str]) -> str:
    """Write what an agent thinks as Leela Zero's lz-analyze does: the move chosen first, then by visits.

    Visits, winrate and prior of a move where the agent has them; of a value from -1 to 1 the win rate is
    (1 + value) / 2. The variation of the move chosen, and of the others their first move.
    """
    return _moves(decision, names, lambda rates: {key: round(_PLACES * rate) for key, rate in rates.items()})


def kata(decision: Decision, names: Sequence[str], ownership: bool) -> str:
    """Write it as KataGo's kata-analyze does: rates from 0 to 1, expected leads, and if asked for whose each point will
    be, row by row from the top, from 1, the player's to move, to -1. It leaves out what the agent does not say."""
    moves = _moves(decision, names, lambda rates: {key: f"{rate:.6f}" for key, rate in rates.items()}, _leads)
    if not ownership or decision.owner is None:
        return moves
    return f"{moves} ownership {' '.join(f'{whose:.4f}' for whose in decision.owner[0, : len(names) - 1])}"


def _moves(
    decision: Decision,
    names: Sequence[str],
    written: Callable[[dict[str, float]], dict[str, int | str]],
    more: Callable[[Decision, int], dict[str, str]] = lambda decision, move: {},
) -> str:
    chosen = int(decision.actions[0])
    visits = np.zeros(len(names), np.int64) if decision.visits is None else decision.visits[0]
    others = [int(move) for move in np.argsort(-visits, kind="stable") if visits[move] and move != chosen]
    told = []
    for order, move in enumerate([chosen, *others]):
        figures = {"visits": max(1, visits[move]), **written(_rates(decision, move)), **more(decision, move)}
        line = " ".join(names[ply] for ply in _line(decision, move))
        said = " ".join(f"{key} {figure}" for key, figure in figures.items())
        told.append(f"info move {names[move]} {said} order {order} pv {line}")
    return " ".join(told)


def _rates(decision: Decision, move: int) -> dict[str, float]:
    """Return what is known of these, from 0 to 1."""
    value = np.nan if decision.q is None else decision.q[0, move]
    if np.isnan(value) and decision.value is not None and move == decision.actions[0]:
        value = decision.value[0]
    prior = np.nan if decision.policy is None else decision.policy[0, move]
    rates = {"winrate": (1 + value) / 2, "prior": prior}
    return {key: min(max(float(rate), 0.0), 1.0) for key, rate in rates.items() if not np.isnan(rate)}


def _leads(decision: Decision, move: int) -> dict[str, str]:
    if decision.lead is None or np.isnan(decision.lead[0, move]):
        return {}
    return {key: f"{decision.lead[0, move]:.3f}" for key in ("scoreMean", "scoreLead")}


def _line(decision: Decision, move: int) -> list[int]:
    if decision.line is None or move != decision.actions[0]:
        return [move]
    return [int(ply) for ply in decision.line[0] if ply >= 0] or [move]
