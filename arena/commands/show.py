"""How are agents watched and played against from the command line?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arena.commands.options import Trust
from envs.bad_input import BadInput

if TYPE_CHECKING:
    from envs.game import Game


def watch(
    agent: Annotated[str, typer.Argument(help="The folder of a saved agent, or a spec such as `random`.")],
    env: Annotated[str | None, typer.Option(help="Where to play; default: where it was trained.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the first episode.")] = 0,
    record: Annotated[
        Path | None, typer.Option(help="Write one episode to a .gif, .png, .mp4 or .replay instead.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Open the folder anew for each episode: it is still learning.")
    ] = False,
    trust: Trust = False,
) -> None:
    """Watch an agent play in a window; press ? there for its keys.

    Examples:

    - `gamelab watch runs/cliff-q`
    - `gamelab watch random --env gridworld:level=ice_rink --record out.gif`
    """
    from agents.catalog import is_folder, load_agent
    from agents.task import Task
    from arena.watching import live, opinion, record_episode, reloading, renewing
    from replays.viewer import has_screen, show

    if env is None and not is_folder(agent):
        raise BadInput(f"{agent}: name the environment, as in --env gridworld:level=cliff")
    game = (load_agent(agent).task if env is None else Task(env)).game
    if game is None:
        raise BadInput(f"{env or agent}: only games of the lab can be watched; see `gamelab envs`")
    if follow and not is_folder(agent):
        raise BadInput(f"{agent}: only the folder of an agent that learns can be followed")
    if record is not None:
        record_episode(game, [agent] * game.seats, seed, record, trust=trust)
        print(record)
        return
    if not has_screen():
        raise BadInput(
            f"no screen here to open a window on; gamelab watch {agent} --record out.gif makes a picture"
        )
    with live(game, [agent] * game.seats, seed, trust=trust) as (session, players):
        if follow:
            session.before_episode = renewing(agent, session, players)
        reload = reloading(env, game.kwargs) if env else None
        think = opinion(players, session)
        show(session, title=agent.removeprefix("./"), think=think, rest=1500, reload=reload)


def play(
    env: Annotated[str, typer.Argument(help="A game, `gridworld:level=keys_and_doors`.")],
    against: Annotated[str | None, typer.Option(help="Who takes the other seats.")] = None,
    seat: Annotated[
        str | None,
        typer.Option(help="Yours: its name, as white, or its number, 0 for the first; default: the first."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the first episode.")] = 0,
) -> None:
    """Play yourself, with the keyboard or the mouse; press ? in the window for its keys.

    R reads the file of a level again, so that an editor and this window are enough to make one.

    Examples:

    - `gamelab play gridworld:level=keys_and_doors`
    - `gamelab play gridworld:level=orchard,foragers=2,obs=grid --against random`
    - `gamelab play goban:size=9 --against mcts:simulations=400 --seat white`
    - `gamelab play platformer`
    """
    from arena.watching import live, opinion, reloading
    from envs.catalog import build, game_class, make_game
    from envs.spec import parse_spec
    from replays.viewer import has_screen, show

    game = make_game(env)
    if game.seats > 1 and against is None:
        raise BadInput(
            f"{game.spec}: has {game.seats} seats; say who plays the others, as in --against random"
        )
    if game.seats == 1 and against is not None:
        raise BadInput(f"{game.spec}: has one seat, so there is nobody to play against; leave out --against")
    if against is None:
        name, kwargs = parse_spec(env)
        game = build(name, game_class(name).for_persons(kwargs))
    specs: list[str | None] = [against] * game.seats
    specs[_seat(game, seat)] = None
    if not has_screen():
        raise BadInput("no screen here to open a window on")
    with live(game, specs, seed) as (session, players):
        show(
            session,
            title="you",
            think=opinion(players, session) if against else None,
            rest=1000 if game.pace else None,
            reload=reloading(env, game.kwargs),
        )


def _seat(game: Game, named: str | None) -> int:
    """Return the seat of that name or number, the first where none is named."""
    names = [name.lower() for name in game.seat_names]
    numbers = [str(seat) for seat in range(game.seats)]
    if named is None:
        return 0
    if named.lower() in names:
        return names.index(named.lower())
    if named not in numbers:
        raise BadInput(f"{game.name}: has no seat {named!r}; its seats are {', '.join(names or numbers)}")
    return int(named)


def demo(
    out: Annotated[
        Path | None, typer.Option(help="A new folder for agents, tournament and pictures.")
    ] = None,
) -> None:
    """Train agents, rank them in a tournament and watch the best game: the whole lab in a minute.

    Example: `gamelab demo`
    """
    from arena.demo import run

    run(out)
