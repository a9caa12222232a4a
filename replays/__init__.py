"""Record a game, prove it, watch it, export it."""
