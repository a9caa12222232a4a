"""Proximal policy optimisation that keeps to masks (Huang & Ontañón 2022), by sb3-contrib."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.sb3.on_policy import OnPolicy

if TYPE_CHECKING:
    import sb3_contrib


class MaskablePPO(OnPolicy):
    """sb3-contrib's MaskablePPO: what is not legal has no probability, in play and in learning."""

    name = "maskable_ppo"
    about = "sb3-contrib's PPO that keeps to the legal actions"
    keeps_to_masks = True

    def _algorithm(self) -> type[sb3_contrib.MaskablePPO]:
        from sb3_contrib import MaskablePPO

        return MaskablePPO
