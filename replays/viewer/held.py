"""Which keys are held down, and which count for the ply that is due?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Held:
    """Keys go down and up whenever they like; at each ply it is asked once which count.

    No press is lost: a tap between two plies counts for the next one, and a key that was let go and pressed again in
    between is let go for one ply, and then held.
    """

    def __init__(self) -> None:
        self._down: set[str] = set()
        self._fresh: set[str] = set()  # gone down since it was asked last
        self._counted: set[str] = set()  # when it was asked last

    def press(self, key: str) -> None:
        self._down.add(key)
        self._fresh.add(key)

    def release(self, key: str) -> None:
        self._down.discard(key)

    def clear(self) -> None:
        """Let go of all, as when the window loses the keyboard."""
        self._down.clear()
        self._fresh.clear()

    def take(self, button_keys: Mapping[str, Sequence[str]]) -> set[str]:
        """Return the buttons that count for the ply played now."""
        again = self._fresh & self._counted
        self._counted = (self._down | self._fresh) - again
        self._fresh = again
        return {button for button, keys in button_keys.items() if not self._counted.isdisjoint(keys)}
