"""Who plays? `from agents import QLearning` loads that agent and nothing else."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_WHERE = {
    "Agent": "agents.agent",
    "Learner": "agents.agent",
    "RandomAgent": "agents.random",
    "ValueIteration": "agents.value_iteration",
    "QLearning": "agents.q_learning",
    "DQN": "agents.dqn",
    "PPO": "agents.ppo",
    "MaskablePPO": "agents.maskable_ppo",
    "RecurrentPPO": "agents.recurrent_ppo",
    "PolicyGradient": "agents.policy_gradient",
    "Greedy": "agents.greedy",
    "MCTS": "agents.mcts",
    "Solver": "agents.solver",
    "GtpAgent": "agents.gtp",
    "AlwaysRightAndJump": "agents.always_right_and_jump",
    "Planner": "agents.planner",
    "CertificateAgent": "agents.certificate",
    "make_agent": "agents.catalog",
    "load_agent": "agents.catalog",
}
__all__ = list(_WHERE)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'agents' has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)
