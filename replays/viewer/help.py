"""Which keys are there? The key table, on top of the window."""

from __future__ import annotations

import pygame

from envs.game import Game
from replays.viewer import theme
from replays.viewer.keys import TABLE, cap

Row = tuple[list[str], str]  # keys, and what they do
_ROW, _HEAD, _GAP, _KEYS, _WIDTH = 25, 34, 16, 138, 430


def draw_help(surface: pygame.Surface, game: Game) -> None:
    """Draw the help in one column or two, whichever can be larger; smaller than life where it has no room."""
    pages = [_page(_sections(game), columns) for columns in (2, 1)]
    room = surface.get_rect().inflate(-16, -16)
    shares = [min(1.0, room.width / page.get_width(), room.height / page.get_height()) for page in pages]
    share = max(shares)
    page = pages[shares.index(share)]
    if share < 1:
        size = max(1, round(page.get_width() * share)), max(1, round(page.get_height() * share))
        page = pygame.transform.smoothscale(page, size)
    veil = pygame.Surface(surface.get_size(), pygame.SRCALPHA)
    veil.fill((*theme.BACKGROUND, 200))
    surface.blit(veil, (0, 0))
    surface.blit(page, page.get_rect(center=room.center))


def _page(sections: dict[str, list[Row]], columns: int) -> pygame.Surface:
    titles = list(sections)
    split = _split(sections) if columns == 2 else len(titles)
    parts = [{title: sections[title] for title in part} for part in (titles[:split], titles[split:])]
    high = max(sum(map(_height, part.values())) for part in parts)
    page = pygame.Surface((columns * _WIDTH + 24, high + 66), pygame.SRCALPHA)
    theme.card(page, page.get_rect(), theme.CARD, 14)
    pygame.draw.rect(page, theme.LINE, page.get_rect(), 1, border_radius=14)
    theme.write(page, "Keys", (24, 18), 20, bold=True)
    theme.write(page, "? or Esc closes this", (page.get_width() - 24, 24), 12, theme.MUTED, anchor="topright")
    for number, part in enumerate(parts):
        _draw_column(page, (24 + number * _WIDTH, 58), part)
    return page


def _sections(game: Game) -> dict[str, list[Row]]:
    """Return title -> rows of (keys, what they do): the key table and the game's own keys."""
    sections = {
        title: [
            ([cap(key) for key in row.keys], row.help + (f"; Shift: {row.shift}" if row.shift else ""))
            for row in rows
        ]
        for title, rows in TABLE.items()
    }
    moves: dict[int, list[str]] = {}
    for key, action in game.keys_to_action.items():
        moves.setdefault(action, []).append(cap(key))
    sections["Play"] += [
        (keys, f"{game.action_names[action]}, while you play") for action, keys in moves.items()
    ]
    sections["Play"] += [
        (list(dict.fromkeys(map(cap, keys))), f"{button}, while you play")
        for button, keys in game.button_keys.items()
    ]
    if game.button_keys:
        sections["Play"].append(([], "lost, it begins again; won, press a button"))
    return sections


def _height(rows: list[Row]) -> int:
    return _HEAD + len(rows) * _ROW + _GAP


def _split(sections: dict[str, list[Row]]) -> int:
    """Return after how many sections to begin the second column, for columns about as high."""
    heights = [_height(rows) for rows in sections.values()]
    return min(range(1, len(heights)), key=lambda k: max(sum(heights[:k]), sum(heights[k:])))


def _draw_column(page: pygame.Surface, at: tuple[int, int], sections: dict[str, list[Row]]) -> None:
    x, y = at
    for title, rows in sections.items():
        theme.write(page, title, (x, y + 6), 13, theme.ACCENT, True)
        y += _HEAD
        for keys, text in rows:
            left = x
            for key in keys:
                left = _draw_cap(page, (left, y), key) + 5
            theme.write(
                page, text, (x + _KEYS, y + _ROW // 2 - 1), 13, anchor="midleft", width=_WIDTH - _KEYS - 24
            )
            y += _ROW
        y += _GAP


def _draw_cap(page: pygame.Surface, at: tuple[int, int], key: str) -> int:
    picture = theme.letters(key, 11, theme.TEXT, True)
    box = pygame.Rect(*at, max(22, picture.get_width() + 12), _ROW - 4)
    theme.card(page, box, theme.RAISED, 5)
    pygame.draw.rect(page, theme.LINE, box, 1, border_radius=5)
    page.blit(picture, picture.get_rect(center=box.center))
    return box.right
