"""How is what an agent thinks told to a Go program?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from envs.view import Decision

_PLACES = 10_000  # 54.32 % is written as 5432


def info(decision: Decision, names: Sequence[str]) -> str:
    """Write what an agent thinks as Leela Zero's lz-analyze does: the move chosen first, then by visits.

    Visits, winrate and prior of a move where the agent has them; of a value from -1 to 1 the win rate is
    (1 + value) / 2. The variation of the move chosen, and of the others their first move.
    """
    chosen = int(decision.actions[0])
    visits = np.zeros(len(names), np.int64) if decision.visits is None else decision.visits[0]
    others = [int(move) for move in np.argsort(-visits, kind="stable") if visits[move] and move != chosen]
    return " ".join(
        f"info move {names[move]} visits {max(1, visits[move])}{_rates(decision, move)} order {order}"
        f" pv {' '.join(names[ply] for ply in _line(decision, move))}"
        for order, move in enumerate([chosen, *others])
    )


def _rates(decision: Decision, move: int) -> str:
    value = np.nan if decision.q is None else decision.q[0, move]
    if np.isnan(value) and decision.value is not None and move == decision.actions[0]:
        value = decision.value[0]
    rates = {
        "winrate": (1 + value) / 2,
        "prior": np.nan if decision.policy is None else decision.policy[0, move],
    }
    return "".join(
        f" {key} {round(_PLACES * min(max(rate, 0), 1))}" for key, rate in rates.items() if not np.isnan(rate)
    )


def _line(decision: Decision, move: int) -> list[int]:
    if decision.line is None or move != decision.actions[0]:
        return [move]
    return [int(ply) for ply in decision.line[0] if ply >= 0] or [move]
