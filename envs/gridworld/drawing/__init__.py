"""How does a gridworld look? `draw` a state; `draw_overlay` what an agent thinks of it."""

from envs.gridworld.drawing.board import draw
from envs.gridworld.drawing.overlays import draw_overlay

__all__ = ["draw", "draw_overlay"]
