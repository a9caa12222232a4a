"""What is the window: where does everything lie in it, and what reaches it from keys and mouse?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import pygame

from envs.game import Game
from replays.live import Live
from replays.playback import Playback
from replays.viewer import screen, theme
from replays.viewer.board import action_at, draw_board, picture_of_board
from replays.viewer.commands import Commands
from replays.viewer.help import draw_help
from replays.viewer.keys import binding_of
from replays.viewer.opinions import Think
from replays.viewer.panel import Hit, draw_panel
from replays.viewer.saving import Saving
from replays.viewer.session import PLAY, Session
from replays.viewer.timeline import draw_timeline, frame_at

_FRAMES = 60  # a second, at most
_LONGEST = 250  # milliseconds that pass at most between two frames, though the window may have stood still
_CALM = 100  # milliseconds for which panel and timeline may stay as they are while the board runs
_GAP = 12


class Layout(NamedTuple):
    """Where the parts lie; what has no room is None."""

    board: pygame.Rect
    panel: pygame.Rect | None
    timeline: pygame.Rect | None


def layout(size: tuple[int, int]) -> Layout:
    gap = min(_GAP, min(size) // 8)
    room = pygame.Rect(0, 0, *size).inflate(-2 * gap, -2 * gap)
    panel = timeline = None
    if room.width >= 520 and room.height >= 160:
        width = max(250, min(330, room.width * 27 // 100))
        panel = pygame.Rect(room.right - width, room.top, width, room.height)
        room = pygame.Rect(room.left, room.top, room.width - width - _GAP, room.height)
    if room.height >= 220:
        height = 116 if room.height >= 480 else 72
        timeline = pygame.Rect(room.left, room.bottom - height, room.width, height)
        room = pygame.Rect(room.left, room.top, room.width, room.height - height - _GAP)
    return Layout(room, panel, timeline)


def show(
    source: Live | Playback,
    *,
    title: str,
    think: Think | None = None,
    start_overlays: Iterable[str] = (),
    rest: int | None = None,
    reload: Callable[[], Game] | None = None,
    playing: bool = True,
) -> None:
    """Open the window and return when it was closed; a live game is closed with it.

    Args:
        source: frames of a recorded episode, or a game being played.
        title: who plays or what it is, in a few words, without the game.
        think: (states [P], seat) -> Decision [P], what the agent at that seat thinks of them, or None; for
            the overlays. It runs in a thread, never at the same time as a player of the live game. Without it
            the overlays show what was thought in the frames so far.
        start_overlays: names of overlays shown at first: policy, value, visits, legal, network, q, hitboxes, window.
        rest: milliseconds after a live episode until the next begins by itself; None: a key begins it.
        reload: reads the file of a live game's level again and returns the game with it; None: it has no file.
        playing: whether time runs at first.

    Raises:
        BadInput: there is no screen.
    """
    session = Session(source, title, think, start_overlays, rest, reload)
    saving = Saving()
    try:
        surface = screen.open_window(f"gamelab: {title}: {session.game.spec}")
        if playing:
            session.playback.play()
        Window(surface, session, saving).run()
    finally:
        session.close()
        saving.close()
        screen.close_window()


class Window:
    """Drains all events every frame, lets time pass, and draws when something that is shown has changed."""

    def __init__(self, surface: pygame.Surface, session: Session, saving: Saving) -> None:
        self.surface, self.session = surface, session
        self.saving, self.commands = saving, Commands(session, saving)
        self._pointer: int | None = None  # column, while it is over the timeline
        self._hits: list[Hit] = []
        self._held: set[int] = set()
        self._dragging = False
        self._stale = True
        self._drawn: tuple = ()
        self._settled: tuple = ()
        self._whole_at = 0  # when all was drawn last, in milliseconds
        self._behind = False  # whether only the board has been drawn since

    def run(self) -> None:
        clock = pygame.time.Clock()
        while not self.commands.quitting:
            milliseconds = min(clock.tick(_FRAMES), _LONGEST)
            for event in pygame.event.get():
                self._react(event)
            self.session.tick(milliseconds)
            self.saving.tell(self.session)
            self._save_png()
            self._draw()

    def _draw(self) -> None:
        """Draw what has changed: the board at once, what is beside it a few times a second while the board runs."""
        shown, now = (self.session.shown(), self._pointer), pygame.time.get_ticks()
        settled = self.session.settled(), self._pointer
        calm = now - self._whole_at < _CALM and settled == self._settled and not self._stale
        if shown == self._drawn and not self._stale and (calm or not self._behind):
            return
        self._drawn, self._settled, self._stale = shown, settled, False
        self.surface = pygame.display.get_surface()
        self._behind = (
            calm and self.session.playback.playing and not self.session.help and self._pointer is None
        )
        if self._behind:
            pygame.display.update(self._draw_board(self.surface))
        else:
            self._whole_at = now
            self.draw(self.surface)
            pygame.display.flip()

    def draw(self, surface: pygame.Surface) -> None:
        session, place = self.session, layout(surface.get_size())
        surface.fill(theme.BACKGROUND)
        self._draw_board(surface)
        self._hits = draw_panel(surface, place.panel, session) if place.panel else []
        if place.timeline:
            draw_timeline(surface, place.timeline, session.playback, session.row, self._pointer)
        if session.help:
            draw_help(surface, session.game)
            self._draw_words(surface, place.board)

    def _draw_board(self, surface: pygame.Surface) -> pygame.Rect:
        """Draw the board and what is written over it, and return where."""
        board = layout(surface.get_size()).board
        surface.fill(theme.BACKGROUND, board)
        draw_board(surface.subsurface(board), self.session)
        self._draw_words(surface, board)
        return board

    def _draw_words(self, surface: pygame.Surface, board: pygame.Rect) -> None:
        """Draw the toast, and above it what stops the game."""
        live, bottom = self.session.live, board.bottom - 10
        lines = [(self.session.toast.text, theme.TEXT)] if self.session.toast.milliseconds else []
        if live and live.error:
            lines.append(
                (f"{live.error}   (Enter: again, H: play yourself, Backspace: new episode)", theme.RED)
            )
        insight = self.session.insight
        if insight.opinions and insight.opinions.error and insight.overlays:
            lines.append((f"no opinion: {insight.opinions.error}", theme.RED))
        for text, ink in lines:
            picture = theme.letters(theme.shortened(text, max(40, board.width - 60), 14), 14, ink)
            box = picture.get_rect().inflate(28, 16)
            box.midbottom = board.centerx, bottom
            theme.card(surface, box, theme.RAISED, 8)
            pygame.draw.rect(surface, theme.LINE, box, 1, border_radius=8)
            surface.blit(picture, picture.get_rect(center=box.center))
            bottom = box.top - 6

    def _save_png(self) -> None:
        if self.commands.wants_png:
            whole = self.commands.wants_png == "window"
            self.saving.png(self.session, self.surface if whole else picture_of_board(self.session))
            self.commands.wants_png = ""

    # events

    def _react(self, event: pygame.event.Event) -> None:
        match event.type:
            case pygame.QUIT:
                self.commands.quitting = True
            case pygame.KEYDOWN:
                self._key(event)
            case pygame.KEYUP:
                self._held.discard(event.key)
                self.session.held.release(pygame.key.name(event.key))
            case pygame.WINDOWFOCUSLOST:
                self._held.clear()
                self.session.held.clear()
            case pygame.MOUSEMOTION:
                self._move(event.pos)
            case pygame.MOUSEBUTTONDOWN if event.button == 1:
                self._click(event.pos)
            case pygame.MOUSEBUTTONUP if event.button == 1:
                self._dragging = False
            case pygame.MOUSEWHEEL:
                (self.commands.forward if event.y < 0 else self.commands.back)(_shift())
            case pygame.WINDOWLEAVE:
                self._pointer = self.session.hover = None
            case pygame.WINDOWEXPOSED | pygame.WINDOWSIZECHANGED:
                self._stale = True

    def _key(self, event: pygame.event.Event) -> None:
        """In play the game's keys come first, then the table; only what repeats does so while held down."""
        session = self.session
        session.rest.stir()
        again = event.key in self._held
        self._held.add(event.key)
        name = pygame.key.name(event.key)
        action = session.game.keys_to_action.get(name)
        control = bool(event.mod & (pygame.KMOD_CTRL | pygame.KMOD_META))
        if session.mode == PLAY and not control and not session.help:
            if action is not None:
                session.act(action)
                return
            if session.real_time and any(name in keys for keys in session.game.button_keys.values()):
                if not again:
                    session.press(name)
                return
        binding = binding_of(event.key, event.unicode)
        if binding and (binding.repeats or not again):
            getattr(self.commands, binding.does)(bool(event.mod & pygame.KMOD_SHIFT))

    def _move(self, at: tuple[int, int]) -> None:
        board, _, timeline = layout(self.surface.get_size())
        self.session.hover = action_at(board, self.session, at)
        over = timeline is not None and (self._dragging or timeline.collidepoint(at))
        self._pointer = at[0] if over else None
        if self._dragging and timeline:
            self.commands.seek(frame_at(timeline, self.session.playback, at[0]))

    def _click(self, at: tuple[int, int]) -> None:
        self.session.rest.stir()
        if self.session.help:
            self.session.help = False
            return
        place = layout(self.surface.get_size())
        if place.timeline and place.timeline.collidepoint(at):
            self._dragging = True
            self._move(at)
        elif place.board.collidepoint(at) and self.session.mode != PLAY:
            self.commands.pause()
        elif (action := action_at(place.board, self.session, at)) is not None:
            self.session.act(action)
        for hit in (hit for hit in self._hits if hit.rect.collidepoint(at)):
            if hit.overlay:
                self.session.insight.toggle(hit.overlay)
            elif hit.frame is not None:
                self.commands.seek(hit.frame)
            elif hit.seat is not None:
                self.session.seat = hit.seat


def _shift() -> bool:
    return bool(pygame.key.get_mods() & pygame.KMOD_SHIFT)
