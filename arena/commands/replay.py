"""How are replays proved, watched and turned into pictures from the command line?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from arena.commands.options import Json
from envs.bad_input import BadInput

if TYPE_CHECKING:
    from replays.verify import Verdict

app = typer.Typer(help="Prove, watch and export replays.", no_args_is_help=True)


@app.command()
def verify(
    path: Annotated[Path, typer.Argument(help="A replay, or a folder of them.")],
    json: Json = False,
) -> None:
    """Play replays again and say whether they are true: ok, desync, claim mismatch or cannot verify.

    Exit status 1 where one is not ok. In a folder, files that are no replays at all are called broken.

    Examples:

    - `gamelab replay verify runs/cup/replays`
    - `gamelab replay verify best.replay`
    """
    from arena.report import as_json
    from replays.verify import verify as check

    if path.is_dir():
        rows = [_looked_at(file) for file in sorted(path.rglob("*.replay"))]
        if not rows:
            raise BadInput(f"{path}: no replays in this folder")
    else:
        rows = [_row(path, check(path))]
    good = sum(row["verdict"] == "ok" for row in rows)
    if json:
        print(as_json(rows))
    else:
        for row in rows:
            if len(rows) == 1 or row["verdict"] != "ok":
                print(f"{row['file']}: {row['verdict']}: {row['detail']}")
        if len(rows) > 1:
            print(f"{good} of {len(rows)} replays ok")
    if good < len(rows):
        raise typer.Exit(1)


def _row(file: Path, verdict: Verdict) -> dict[str, Any]:
    return {"file": str(file), "verdict": str(verdict.kind), "ply": verdict.ply, "detail": verdict.detail}


def _looked_at(file: Path) -> dict[str, Any]:
    """Verify one of many: what is broken does not keep the others from being verified."""
    from replays.verify import verify as check

    try:
        return _row(file, check(file))
    except BadInput as error:
        detail = str(error).removeprefix(f"{file}: ")
        return {"file": str(file), "verdict": "broken", "ply": None, "detail": detail}


@app.command()
def watch(
    file: Annotated[Path, typer.Argument(help="A replay.")],
    agent: Annotated[
        str | None, typer.Option(help="Whose opinion the overlays show; default: as recorded.")
    ] = None,
) -> None:
    """Open a replay in the viewer; press ? there for its keys.

    Example: `gamelab replay watch best.replay`
    """
    from agents.catalog import make_agent
    from arena.watching import opinion
    from replays.playback import Playback
    from replays.replay import read_replay
    from replays.viewer import has_screen, show

    replay = read_replay(file)
    game = replay.make_game()
    if not has_screen():
        raise BadInput(
            f"no screen here to open a window on; gamelab replay export {file} out.gif makes a picture"
        )
    think = opinion([make_agent(agent, game)] * game.seats, game) if agent else None
    show(Playback.of(replay), title=f"{file.name}: {game.spec}", think=think)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="A replay.")],
    out: Annotated[Path, typer.Argument(help="The picture to make: .gif, .png or .mp4.")],
) -> None:
    """Turn a replay into a GIF, a PNG of its last position, or an MP4.

    Example: `gamelab replay export best.replay out.gif`
    """
    from replays.export import export as save
    from replays.replay import read_replay

    save(read_replay(file), out)
    print(out)
