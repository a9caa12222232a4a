"""Which games and agents are there, and is this machine fit for them?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from arena.commands.options import Json

if TYPE_CHECKING:
    from rich.console import Console


def envs(json: Json = False) -> None:
    """List the games, their levels and settings.

    Example: `gamelab envs`
    """
    from envs.catalog import GAMES, game_class, gymnasium_id, settings

    if json:
        _print_json([_described(name) for name in GAMES])
        return
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    for name in GAMES:
        cls = game_class(name)
        _print_entry(console, name, gymnasium_id(name), cls.about, settings(cls))
        table = Table(box=None, show_header=False, pad_edge=False)
        for variant, about in cls.variants():
            table.add_row(f"[green]{name}:{variant}[/]", about)
        console.print(table, "")


def _described(name: str) -> dict[str, Any]:
    from envs.catalog import game_class, gymnasium_id, settings

    cls = game_class(name)
    variants = [{"spec": f"{name}:{variant}", "about": about} for variant, about in cls.variants()]
    facts = {"name": name, "about": cls.about, "gymnasium": gymnasium_id(name), "settings": settings(cls)}
    return {**facts, "variants": variants}


def agents(json: Json = False) -> None:
    """List the agents and their settings.

    Example: `gamelab agents`
    """
    from dataclasses import asdict

    from agents.agent import Learner
    from agents.catalog import AGENTS, agent_class

    rows = []
    for name in AGENTS:
        cls = agent_class(name)
        rows.append((name, issubclass(cls, Learner), cls.about, asdict(cls.Config())))
    if json:
        _print_json([dict(zip(("name", "learns", "about", "settings"), row, strict=True)) for row in rows])
        return
    from rich.console import Console

    console = Console(highlight=False)
    for name, learns, about, settings in rows:
        _print_entry(console, name, "[green]learns[/]" if learns else "", about, settings)
        console.print()
    console.print("A saved agent is named by its folder, as in `gamelab watch runs/cliff-q`.")


def _print_entry(console: Console, name: str, note: str, about: str, settings: dict[str, Any]) -> None:
    from rich.padding import Padding

    console.print(f"[bold cyan]{name}[/]  [dim]{note}[/]")
    console.print(Padding(about, (0, 0, 0, 2)))
    if settings:
        console.print(
            Padding(f"[dim]settings:[/] {', '.join(map(_setting, settings.items()))}", (0, 0, 0, 2))
        )


def _setting(item: tuple[str, Any]) -> str:
    """Write a setting and its default as it is typed."""
    key, value = item
    if value is None:
        return key
    return f"{key}={str(value).lower() if isinstance(value, bool) else value}"


def doctor(json: Json = False) -> None:
    """Check that this machine has what gamelab needs. Exit status 1 where something is wrong.

    Example: `gamelab doctor`
    """
    from arena.doctor import examine

    findings = examine()
    if json:
        _print_json([finding._asdict() for finding in findings])
    else:
        from rich.console import Console
        from rich.table import Table

        colours = {"ok": "green", "note": "yellow", "wrong": "bold red"}
        table = Table(box=None, show_header=False, pad_edge=False)
        for verdict, what, detail in findings:
            table.add_row(f"[{colours[verdict]}]{verdict}[/]", f"[bold]{what}[/]", detail)
        Console(highlight=False).print(table)
    if any(finding.verdict == "wrong" for finding in findings):
        raise typer.Exit(1)


def _print_json(document: object) -> None:
    from arena.report import as_json

    print(as_json(document))
