"""Which games and agents are there, and is this machine fit for them?"""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def envs(json: Json = False) -> None:
    """List the games, their levels and settings.

    Example: `gamelab envs`
    """
    from envs.catalog import GAMES, game_class, gymnasium_id, settings

    found = [(name, game_class(name)) for name in GAMES]
    if json:
        _print_json([_described(name) for name in GAMES])
        return
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    for name, cls in found:
        console.print(f"[bold cyan]{name}[/]  {cls.about}  [dim]{gymnasium_id(name)}[/]")
        keys = ", ".join(f"{key}={default}" for key, default in settings(cls).items())
        console.print(f"[dim]settings: {keys}[/]")
        table = Table(box=None, show_header=False, pad_edge=False)
        for variant, about in cls.variants():
            table.add_row(f"[green]{name}:{variant}[/]", about)
        console.print(table)


def _described(name: str) -> dict:
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

    console = Console()
    for name, learns, about, settings in rows:
        console.print(f"[bold cyan]{name}[/]  {about}" + ("  [green]learns[/]" if learns else ""))
        if settings:
            console.print(
                "  " + ", ".join(f"{key}={value}" for key, value in settings.items()), highlight=False
            )
    console.print("[dim]A saved agent is named by its folder, as in `gamelab watch runs/cliff-q`.[/]")


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

        marks = {"ok": "[green]ok[/]", "note": "[yellow]note[/]", "wrong": "[red]wrong[/]"}
        for finding in findings:
            Console().print(
                f"{marks[finding.verdict]:>14}  [bold]{finding.what}[/]  {finding.detail}", highlight=False
            )
    if any(finding.verdict == "wrong" for finding in findings):
        raise typer.Exit(1)


def _print_json(document: object) -> None:
    from arena.report import as_json

    print(as_json(document))
