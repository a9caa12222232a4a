"""Which games are there? Importing this registers them with Gymnasium, and loads nothing heavy."""

from envs.catalog import register_games

register_games()
