"""How are replays proved, watched and turned into pictures from the command line?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from envs.bad_input import BadInput

app = typer.Typer(help="Prove, watch and export replays.", no_args_is_help=True)


@app.command()
def verify(
    path: Annotated[Path, typer.Argument(help="A replay, or a folder of them.")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Play replays again and say whether they are true: ok, desync, claim mismatch or cannot verify.

    Exit status 1 where one is not ok.

    Examples:

    - `gamelab replay verify runs/cup/replays`
    - `gamelab replay verify best.replay`
    """
    from arena.report import as_json
    from replays.verify import verify as check

    files = sorted(path.rglob("*.replay")) if path.is_dir() else [path]
    if not files:
        raise BadInput(f"{path}: no replays in this folder")
    verdicts = [(file, check(file)) for file in files]
    good = sum(verdict.kind == "ok" for _, verdict in verdicts)
    if json:
        rows = [{"file": str(f), "verdict": v.kind, "ply": v.ply, "detail": v.detail} for f, v in verdicts]
        print(as_json(rows))
    else:
        for file, verdict in verdicts:
            if len(verdicts) == 1 or verdict.kind != "ok":
                print(f"{file}: {verdict}")
        if len(verdicts) > 1:
            print(f"{good} of {len(verdicts)} replays ok")
    if good < len(verdicts):
        raise typer.Exit(1)


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
    from replays.viewer import show

    replay = read_replay(file)
    game = replay.make_game()
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
