"""How are replays proved, watched, and turned into pictures and files of Go programs from the command line?"""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from arena.commands.options import Json
from envs.bad_input import BadInput

if TYPE_CHECKING:
    from replays.ghosts import Ghost
    from replays.replay import Replay
    from replays.verify import Verdict

GhostFiles = Annotated[
    list[Path] | None, typer.Option(help="Another replay of the same episode, drawn faintly; repeatable.")
]
Ghosts = Annotated[
    bool, typer.Option("--ghosts", help="All others of the same episode in the file's folder.")
]

app = typer.Typer(help="Prove, watch, export and import replays.", no_args_is_help=True)


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


def _read(file: Path) -> Replay:
    from replays.replay import read_replay

    return _read_game_of_go(file) if file.suffix.lower() == ".sgf" else read_replay(file)


def _read_game_of_go(file: Path) -> Replay:
    """Read an SGF file, and say on standard error what of it is otherwise in the replay, or not at all."""
    from replays.sgf.reading import read_sgf

    game = read_sgf(file)
    for note in game.notes:
        print(f"{file}: {note}", file=sys.stderr)
    return game.replay()


@app.command()
def watch(
    file: Annotated[Path, typer.Argument(help="A replay, or an SGF file.")],
    agent: Annotated[
        str | None, typer.Option(help="Whose opinion the overlays show; default: as recorded.")
    ] = None,
    ghost: GhostFiles = None,
    ghosts: Ghosts = False,
) -> None:
    """Open a replay in the viewer; press ? there for its keys.

    Examples:

    - `gamelab replay watch best.replay`
    - `gamelab replay watch run.replay --ghosts`
    """
    from arena.watching import opinion, ready
    from replays.playback import Playback
    from replays.viewer import has_screen, show

    replay = _read(file)
    game, others = replay.make_game(), _ghosts(file, replay, ghost, ghosts)
    if not has_screen():
        raise BadInput(
            f"no screen here to open a window on; gamelab replay export {file} out.gif makes a picture"
        )
    with ready(agent, game) if agent else nullcontext() as thinker:
        film = Playback.of(replay, others)
        think = opinion([thinker] * game.seats, film) if thinker else None
        show(film, title=file.name, think=think)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="A replay, or an SGF file.")],
    out: Annotated[Path, typer.Argument(help="The file to make: .gif, .png, .mp4 or .sgf.")],
    ghost: GhostFiles = None,
    ghosts: Ghosts = False,
) -> None:
    """Turn a replay into a GIF, a PNG of its last position, or an MP4; a game of Go also into SGF.

    Examples:

    - `gamelab replay export best.replay out.gif`
    - `gamelab replay export game.replay game.sgf`
    - `gamelab replay export run.replay race.gif --ghosts`
    """
    from replays.export import export as save

    replay = _read(file)
    others = _ghosts(file, replay, ghost, ghosts)
    save(replay, out, **({"ghosts": others} if others else {}))
    print(out)


def _ghosts(file: Path, replay: Replay, named: list[Path] | None, beside: bool) -> list[Ghost]:
    from replays.ghosts import ghosts, others_beside

    return ghosts(replay, [*(named or []), *(others_beside(file, replay) if beside else [])])


@app.command("map")
def draw_map(
    paths: Annotated[list[Path], typer.Argument(help="Replays, or folders of them.")],
    out: Annotated[Path, typer.Argument(help="The .png to make.")],
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Which level, where each seed draws one; default: the commonest."),
    ] = None,
) -> None:
    """Draw a whole level and where runs on it ended: deaths, flags and time limits of many replays.

    Example: `gamelab replay map runs/race/replays deaths.png`
    """
    from collections import Counter

    from replays.export import save_map
    from replays.levels import chosen_level, read_all

    if out.suffix.lower() != ".png":
        raise BadInput(f"{out}: a map is a .png")
    replays, others = chosen_level(read_all(paths), seed)
    counted = Counter(save_map(replays, out))
    told = ", ".join(f"{count} {what}" for what, count in sorted(counted.items()))
    more = f"; {others} other levels, chosen by --seed" if others else ""
    print(f"{out}: {len(replays)} runs of seed {replays[0].seed}: {told}{more}")


@app.command("import")
def import_sgf(
    file: Annotated[Path, typer.Argument(help="A game of Go as SGF.")],
    out: Annotated[Path | None, typer.Argument(help="The replay; default: of the same name.")] = None,
) -> None:
    """Turn the main line of the first game in an SGF file into a replay.

    Example: `gamelab replay import game.sgf mine.replay`
    """
    from replays.replay import SUFFIX, write_replay

    replay = _read_game_of_go(file)
    path = out or file.with_suffix(SUFFIX)
    if out is None and path.exists():
        raise BadInput(f"{path}: is there already; say where to write")
    write_replay(path, replay)
    print(path)
