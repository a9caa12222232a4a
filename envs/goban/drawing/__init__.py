"""How does a Go board look? `draw` a state, `draw_overlay` what is thought of it, `draw_choice` a ghost stone."""

from envs.goban.drawing.board import draw, draw_choice
from envs.goban.drawing.layout import action_at, picture_size
from envs.goban.drawing.overlays import draw_overlay

__all__ = ["action_at", "draw", "draw_choice", "draw_overlay", "picture_size"]
