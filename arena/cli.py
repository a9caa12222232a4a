"""What can be typed? `gamelab` and its commands; each stands in a file of `arena.commands`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import typer

from arena.commands import evaluate, gtp, lists, plot, replay, show, tournament, train
from envs.bad_input import BadInput

app = typer.Typer(
    name="gamelab",
    help="A reinforcement-learning game lab: watch agents play, train them, and rank them in tournaments.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("envs")(lists.envs)
app.command("agents")(lists.agents)
app.command("doctor")(lists.doctor)
app.command("train")(train.train)
app.command("plot")(plot.plot)
app.command("evaluate")(evaluate.evaluate)
app.command("watch")(show.watch)
app.command("play")(show.play)
app.command("match")(tournament.match)
app.command("tournament")(tournament.tournament)
app.command("standings")(tournament.standings)
app.command("gtp")(gtp.gtp)
app.command("demo")(show.demo)
app.add_typer(replay.app, name="replay")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line. Exit status: 0 done, 1 a check failed, 2 bad input, 130 interrupted."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status = app(_repeat_option(given, "--agents"), prog_name="gamelab", standalone_mode=False) or 0
        sys.stdout.flush()
    except BadInput as error:
        _fail(str(error))
    except (typer.Abort, KeyboardInterrupt):
        print("\ninterrupted", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:  # whoever read our output has seen enough, as in `gamelab envs | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        _fail(f"{error.filename or 'a file'}: {error.strerror or error}")
    except Exception as error:
        if not hasattr(error, "format_message"):  # what typer says of wrong options
            raise
        _fail(str(error.format_message()), getattr(error, "ctx", None))
    sys.exit(status)


def _fail(fault: str, context: typer.Context | None = None) -> NoReturn:
    """Say what is wrong in one line. There is nothing to say where help was shown for want of a command."""
    line = " ".join("".join(mark if mark.isprintable() else " " for mark in fault[:1000]).split())
    if line:
        print(f"gamelab: {line}", file=sys.stderr)
    if line and context is not None:
        print(f"Try: {context.command_path} --help", file=sys.stderr)
    sys.exit(2)


def _repeat_option(arguments: list[str], option: str) -> list[str]:
    """Turn `--agents a b c` into `--agents a --agents b --agents c`, as options with several values go."""
    spread: list[str] = []
    inside = False
    for argument in arguments:
        if argument == option:
            inside = True
        elif inside and not argument.startswith("-"):
            spread += [option, argument]
        else:
            inside = False
            spread.append(argument)
    return spread
