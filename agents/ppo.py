"""Proximal policy optimisation (Schulman et al. 2017), by Stable-Baselines3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gymnasium import spaces

from agents.sb3.on_policy import OnPolicy

if TYPE_CHECKING:
    import stable_baselines3


class PPO(OnPolicy):
    """Stable-Baselines3's PPO; for environments in which every action is always legal."""

    name = "ppo"
    about = "Stable-Baselines3's PPO, for Discrete and Box actions that are always legal"
    actions = (spaces.Discrete, spaces.Box)

    def _algorithm(self) -> type[stable_baselines3.PPO]:
        from stable_baselines3 import PPO

        return PPO
