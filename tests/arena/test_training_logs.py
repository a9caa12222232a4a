"""Do TensorBoard and wandb get what a run has logged, offline and without a question?"""

import json
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from arena.standings import standings
from arena.tournament import begin as begin_tournament
from arena.tournament import run as play_out
from arena.training import resume, train
from arena.training.asked import read_asked
from arena.training.table import read_table

CORRIDOR = "gridworld:level=corridor"
OPTIONS = {"steps": 200, "settings": {"num_envs": 1}, "evaluations": 2, "episodes": 3}


@pytest.fixture(autouse=True)
def _without_a_key(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))  # where there is none
    for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "stdin", None)  # whoever asks fails


def records_of(data: bytes) -> Iterator[bytes]:
    """Yield what stands in a file of wandb's: after 7 bytes a log in the format of LevelDB, in blocks of 32 KiB."""
    at, whole = 7, b""
    while len(data) - at > 7:
        if (left := 32768 - at % 32768) < 7:
            at += left
            continue
        length, kind = struct.unpack_from(
            "<HB", data, at + 4
        )  # kind: 1 whole, 2 first, 3 middle, 4 last part
        whole += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):
            yield whole
            whole = b""


def logged(folder: Path) -> tuple[list[dict], list]:
    """Read back the rows of history and all records of the offline runs in a folder."""
    from wandb.proto.wandb_internal_pb2 import Record

    rows, records = [], []
    for path in sorted(folder.glob("wandb/offline-run-*/run-*.wandb")):
        for data in records_of(path.read_bytes()):
            records.append(record := Record.FromString(data))
            items = record.history.item
            rows.append(
                {"/".join(item.nested_key) or item.key: json.loads(item.value_json) for item in items}
            )
    return rows, records


def test_wandb_offline_holds_config_curves_pictures_and_the_agent_and_goes_on_as_the_same_run(capsys):
    train("q_learning", CORRIDOR, out="a", track=True, **OPTIONS)
    assert "wandb sync" in (err := capsys.readouterr().err) and err.count("\n") == 1
    resume("a", steps=300)
    rows, records = logged(Path("a"))
    runs = [record.run for record in records if record.WhichOneof("record_type") == "run"]
    assert {run.run_id for run in runs} == {read_asked(Path("a")).tracked}
    config = {item.key: json.loads(item.value_json) for item in runs[0].config.update}
    assert {"agent": "q_learning", "env": CORRIDOR, "seed": 0, "num_envs": 1}.items() <= config.items()
    metrics, evaluations = read_table(Path("a/metrics.csv")), read_table(Path("a/evaluations.csv"))
    told = {row["_step"]: row["train/epsilon"] for row in rows if "train/epsilon" in row}
    assert told == pytest.approx(dict(zip(metrics["steps"], metrics["epsilon"], strict=True)))
    means = {row["_step"]: row["evaluation/mean"] for row in rows if "evaluation/mean" in row}
    assert means == pytest.approx(dict(zip(evaluations["steps"], evaluations["mean"], strict=True)))
    videos = [value for row in rows for key, value in row.items() if key.startswith("episode/last")]
    assert videos and any("gif" in str(value) for value in videos)
    artifacts = [record for record in records if record.request.WhichOneof("request_type") == "log_artifact"]
    artifacts = [
        record.artifact for record in records if record.WhichOneof("record_type") == "artifact"
    ] or artifacts
    names = {entry.path for artifact in artifacts for entry in artifact.manifest.contents}
    assert {"run.json", "agent.json", "arrays.safetensors", "best/agent.json"} <= names
    assert not Path("wandb").exists()


def test_the_table_of_a_tournament_is_logged():
    ledger = begin_tournament(Path("cup"), CORRIDOR, ["random", "value_iteration"], 3, 1)
    play_out(ledger)
    from arena.training.tracking import track_standings

    track_standings(standings(ledger), Path("cup"))
    [table] = Path("cup").glob("wandb/offline-run-*/files/media/table/scores_*.table.json")
    content = json.loads(table.read_text())
    assert content["columns"][:2] == ["name", "mean"]
    means = {entrant.name: entrant.mean.value for entrant in standings(ledger).scores.entrants}
    assert {row[0]: row[1] for row in content["data"]} == pytest.approx(means)


def test_tensorboard_reads_the_curves_and_forgets_what_was_learnt_again():
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    from arena.training.tensorboard import TensorBoard

    train("q_learning", CORRIDOR, out="a", tensorboard=True, **OPTIONS)
    steps = read_asked(Path("a")).steps
    lost = TensorBoard(Path("a"), steps)
    lost.log({"steps": steps + 50, "epsilon": 9.0})
    lost.close()
    resume("a", steps=300)
    reader = EventAccumulator("a/tensorboard", size_guidance={"scalars": 0})
    reader.Reload()
    metrics, evaluations = read_table(Path("a/metrics.csv")), read_table(Path("a/evaluations.csv"))
    for tag, table, name in (("train/epsilon", metrics, "epsilon"), ("evaluation/mean", evaluations, "mean")):
        events = reader.Scalars(tag)
        assert [event.step for event in events] == table["steps"].tolist()
        np.testing.assert_allclose([event.value for event in events], table[name], rtol=1e-6)


def test_a_table_is_learnt_with_event_files_without_loading_torch():
    program = (
        "import sys; from arena.training import train; "
        f"train('q_learning', '{CORRIDOR}', steps=50, out='a', tensorboard=True); "
        "print(*{'torch', 'wandb', 'tensorflow', 'pygame'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
