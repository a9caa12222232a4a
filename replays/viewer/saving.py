"""Where does what is on the screen go when it is kept?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pygame

from envs.bad_input import BadInput
from replays.replay import SUFFIX, Replay, write_replay
from replays.thinker import Thinker
from replays.viewer.session import Session

_PATIENCE = 60.0  # seconds to go on writing after the window was closed


class Saving:
    """Writes replays, PNGs and GIFs in a thread of its own, and says in a toast where they are."""

    def __init__(self) -> None:
        self._writer = Thinker()
        self._taken: set[Path] = set()

    def replay(self, session: Session) -> None:
        replay = _replay(session)
        self._write(session, SUFFIX, lambda path: write_replay(path, replay))

    def gif(self, session: Session) -> None:
        from replays.export import save_gif

        replay, playback = _replay(session), session.playback
        fps = None if playback.speed == session.game.pace else min(50, playback.speed)
        others = playback.ghosts
        session.say("drawing the GIF …", 60)
        self._write(session, ".gif", lambda path: save_gif(replay, path, fps=fps, ghosts=others))

    def png(self, session: Session, picture: pygame.Surface) -> None:
        picture = picture.copy()
        ply = f"-ply{session.playback.position}.png"
        self._write(session, ply, lambda path: pygame.image.save(picture, str(path)))

    def _write(self, session: Session, ending: str, write: Callable[[Path], None]) -> None:
        path = self._free(session, ending)
        self._taken.add(path)
        self._writer.ask(path, lambda: write(path))

    def _free(self, session: Session, ending: str) -> Path:
        """Return a name that says what it is and is not taken: in runs/ where there is one, else here."""
        folder = Path("runs") if Path("runs").is_dir() else Path()
        source = session.live or session.playback.replay
        name = session.game.name + (f"-seed{source.seed}" if source else "")
        first = path = folder / f"{name}{ending}"
        number = 1
        while path.exists() or path in self._taken:
            number += 1
            path = first.with_stem(f"{first.stem}-{number}")
        return path

    def tell(self, session: Session) -> None:
        """Say what was written meanwhile."""
        for path, fault in self._writer.answers():
            reason = getattr(fault, "strerror", None) or fault
            session.say(f"not saved: {reason}" if fault else f"saved to {path}", 4)

    def close(self) -> None:
        """End when all is written."""
        self._writer.finish(_PATIENCE)


def _replay(session: Session) -> Replay:
    replay = session.live.to_replay() if session.live else session.playback.replay
    if replay is None:
        raise BadInput("these frames are from no replay, so none can be saved")
    return replay
