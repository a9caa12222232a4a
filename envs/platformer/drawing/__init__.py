"""How does a platformer look? `draw` a state, and over it overlays or ghosts; or `draw_map` where runs ended."""

from envs.platformer.drawing.ends import draw_map, map_size
from envs.platformer.drawing.ghosts import draw_ghosts
from envs.platformer.drawing.overlays import draw_overlay
from envs.platformer.drawing.scene import draw

__all__ = ["draw", "draw_ghosts", "draw_map", "draw_overlay", "map_size"]
