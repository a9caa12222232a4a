"""How does an agent that knows only the rules of Go learn to play it? By search and by playing against itself."""

from agents.alphazero.agent import AlphaZero

__all__ = ["AlphaZero"]
