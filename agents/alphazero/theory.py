"""How far does the network judge Go on small boards as is known to be right, without a search?

5x5 is solved (van der Werf, van den Herik & Uiterwijk 2003, "Solving Go on small boards"): from the empty board Black
wins in the centre or next to it, and loses from every other first move.
"""

from __future__ import annotations

import numpy as np
import torch

from agents.alphazero.network import Network, judged
from envs.catalog import make_game

_SOLVED, _WON_BY_BLACK = 5, (7, 11, 12, 13, 17)  # the side, and first moves


class Theory:
    """Positions of an empty board of that side, and after each first move, without komi."""

    def __init__(self, side: int) -> None:
        game = make_game(f"goban:size={side},komi=0")
        seen = [game.observe(game.new_states([0]))[0][:, 0]]
        if side == _SOLVED:
            after = game.new_states(range(side**2))
            game.step(after, np.arange(side**2)[:, None])
            seen.append(game.observe(after)[0][:, 0])
        self._seen = np.concatenate(seen)
        self._points = side**2

    @torch.no_grad()
    def compared(self, network: Network) -> dict[str, float]:
        """Return by how many points Black is judged to be ahead on the empty board and, on 5x5, of how many of the
        first moves, as a share, who wins is judged right."""
        chances = torch.softmax(torch.from_numpy(judged(network, self._seen)[1]), dim=1).numpy()
        leads = chances @ np.arange(-self._points, self._points + 1)
        found = {"theory/empty_board": float(leads[0])}
        if len(leads) > 1:
            by_black = np.isin(np.arange(self._points), _WON_BY_BLACK)
            found["theory/first_moves"] = float(np.mean((leads[1:] < 0) == by_black))
        return found
