"""How are the tables and pictures of README.md made? `make readme` runs this: trains, plays, draws and writes them."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile

from agents.agent import Learner
from agents.catalog import AGENTS, agent_class, make_agent
from arena.demo import CUP, PAIRS, make_gif, tournament, trained_replay
from arena.ledger import GameRow, Ledger
from arena.match import play
from arena.schedule import Fixture
from arena.standings import Standings, standings
from arena.tournament import begin, replay_of, run
from arena.watching import opinion
from envs.bad_input import BadInput
from envs.catalog import GAMES, game_class, make_game
from replays.export import save_gif
from replays.playback import Playback
from replays.replay import read_replay

ROOT = Path(__file__).parent.parent
RACE, RACE_PAIRS = "platformer:levels=test", 100
README, PICTURES = ROOT / "README.md", ROOT / "docs" / "pictures"


def main() -> None:
    """Write the parts of README.md between `<!-- begin NAME -->` and `<!-- end NAME -->`, and the pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        ledger = tournament(folder)
        copyfile(make_gif(ledger, folder / "tournament.gif"), PICTURES / "tournament.gif")
        screenshot(ledger, str(folder / "q_learning"), PICTURES / "viewer.png")
        table = standings(ledger)
        races = race_cup(folder)
        race_pictures(races)
        race_table = standings(races)
        map_of_ends(folder, PICTURES / "ends.png")
    go_screenshot(("mcts:simulations=3000", "mcts:simulations=300"), ("visits",), 24, PICTURES / "goban.png")
    go_screenshot(("alphazero:simulations=400", "mcts"), ("visits", "owner"), 36, PICTURES / "alphazero.png")
    parts = {"games": games(), "levels": levels(), "agents": agents(), "tournament": ranking(table)}
    parts["race"] = race_ranking(race_table)
    text = README.read_text(encoding="utf-8")
    for name, lines in parts.items():
        text = fill(text, name, "\n".join(lines))
    README.write_text(text, encoding="utf-8")


def fill(text: str, name: str, content: str) -> str:
    """Put the content between the markers of that name. Raises BadInput where they are missing."""
    pattern = re.compile(rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise BadInput(f"{README.name}: no `<!-- begin {name} -->` with its end")
    return pattern.sub(lambda found: f"{found[1]}{content}\n{found[2]}", text)


def _table(*rows: tuple[object, ...]) -> Iterator[str]:
    for i, row in enumerate(rows):
        yield "| " + " | ".join(str(cell) for cell in row) + " |"
        if i == 0:
            yield "|" + " --- |" * len(row)


def games() -> Iterator[str]:
    rows = []
    for name in GAMES:
        cls, names = game_class(name), make_game(name).action_names
        actions = ", ".join(names) if len(names) < 10 else f"{names[0]}, {names[1]}, … {names[-1]}"
        rows.append((f"`{name}`", cls.about, actions, len(cls.variants())))
    return _table(("game", "what it is", "actions", "variants"), *rows)


def levels() -> Iterator[str]:
    variants = [
        (f"`{name}:{variant}`", about) for name in GAMES for variant, about in game_class(name).variants()
    ]
    return _table(("spec", "what it is"), *variants)


def agents() -> Iterator[str]:
    rows = []
    for name in AGENTS:
        cls = agent_class(name)
        rows.append((f"`{name}`", "yes" if issubclass(cls, Learner) else "no", cls.about))
    return _table(("agent", "learns", "what it does"), *rows)


def ranking(table: Standings) -> Iterator[str]:
    assert table.ratings is not None and table.scores is not None
    scores = {entrant.name: entrant for entrant in table.scores.entrants}
    rows = []
    for place in table.ratings.standings:
        iqm, games = scores[place.name].iqm, table.distinct[place.name]
        rows.append(
            (
                f"`{place.name}`",
                f"{place.rating:+.0f} ({place.low:+.0f} … {place.high:+.0f})",
                f"{place.wins}-{place.draws}-{place.losses}",
                f"{iqm.value:.1f} ({iqm.low:.1f} … {iqm.high:.1f})",
                f"{games.distinct} of {games.total}",
            )
        )
    yield f"`{CUP}`, {PAIRS} level seeds, {table.played} games; intervals are 95 %."
    yield ""
    yield from _table(("entrant", "Elo", "won-drawn-lost", "score, IQM", "distinct games"), *rows)


def race_cup(folder: Path) -> Ledger:
    """Let the planner, the script and the random agent run the same test levels."""
    ledger = begin(folder / "race", RACE, ["planner", "always_right_and_jump", "random"], RACE_PAIRS, seed=1)
    run(ledger, progress=True)
    return ledger


def race_ranking(table: Standings) -> Iterator[str]:
    assert table.scores is not None
    entrants = table.scores.entrants
    rows = []
    for rank, entrant in enumerate(entrants):
        ahead = ""
        if rank + 1 < len(entrants):
            chance = table.scores.improvement[entrant.name][entrants[rank + 1].name]
            ahead = f"{chance.value:.0%} ({chance.low:.0%} … {chance.high:.0%})"
        iqm, flags = entrant.iqm, table.ends[entrant.name].get("flag", 0)
        score = f"{iqm.value:.1f} ({iqm.low:.1f} … {iqm.high:.1f})"
        rows.append((f"`{entrant.name}`", f"{flags} of {RACE_PAIRS}", score, ahead))
    yield f"`{RACE}`, {RACE_PAIRS} levels, {table.played} games; intervals are 95 %."
    yield ""
    yield from _table(("entrant", "flags", "score, IQM", "scores more than the next"), *rows)


def race_pictures(ledger: Ledger) -> None:
    """Draw the viewer over the planner's run where the script came far, and all entrants' runs of that level as one."""
    from replays.ghosts import ghost
    from replays.viewer.screenshot import save_screenshot

    runs: dict[str, dict[int, GameRow]] = {}
    for row in ledger.games():
        runs.setdefault(row.seats[0], {})[row.pair] = row
    died = {n: row for n, row in runs["always_right_and_jump"].items() if row.reason == "death"}
    far = max(died, key=lambda number: died[number].scores)
    replays = [read_replay(ledger.path.parent / runs[name][far].replay) for name in runs]
    best = next(replay for replay in replays if replay.seats[0].name == "planner")
    others = [ghost(replay) for replay in replays if replay is not best]
    save_gif(best, PICTURES / "ghosts.gif", fps=15, max_side=360, ghosts=others)
    playback = Playback.of(best, others)
    playback.seek(died[far].plies * 2 // 3)
    save_screenshot(playback, PICTURES / "platformer.png", "a race with ghosts", None, ("policy", "hitboxes"))


def map_of_ends(folder: Path, path: Path) -> None:
    """Draw where a hundred runs of one level ended, most of which only press buttons."""
    from replays.export import save_map

    game = make_game("platformer:level=stomping_grounds")
    names = ["random"] * 97 + ["always_right_and_jump", "planner", "certificate"]
    players = {name: make_agent(name, game) for name in dict.fromkeys(names)}
    played = play(game, [Fixture(0, seed, (name,)) for seed, name in enumerate(names)], players)
    save_map([replay_of(game, one) for one in played], path)


def screenshot(ledger: Ledger, agent: str, path: Path) -> None:
    """Draw the viewer as it looks over the best match, with the agent's values and policy."""
    from replays.viewer.screenshot import save_screenshot

    replay = read_replay(trained_replay(ledger))
    game = replay.make_game()
    playback = Playback.of(replay)
    playback.seek(int(playback.states.food[: replay.plies, 0].argmin()))  # the hungriest moment
    think = opinion([make_agent(agent, game)], playback)
    save_screenshot(playback, path, "best match", think, ("value", "policy"))


def go_screenshot(names: tuple[str, str], overlays: tuple[str, ...], ply: int, path: Path) -> None:
    """Draw the viewer over a game of Go, with what the search found."""
    from replays.viewer.screenshot import save_screenshot

    game = make_game("goban:size=9")
    played = play(game, [Fixture(0, 4, names)], {name: make_agent(name, game) for name in names})[0]
    playback = Playback.of(replay_of(game, played))
    playback.seek(ply)
    save_screenshot(playback, path, "a match", None, overlays)


if __name__ == "__main__":
    main()
