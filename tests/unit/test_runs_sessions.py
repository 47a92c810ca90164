"""Runs: folders that are whole, and resumed to the same bytes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.cases import no_progress, run_results, small_configuration, stop_after

from neuralcrn.errors import RunError
from neuralcrn.runs import Session, list_runs, predict_file, resume, start
from neuralcrn.runs.checkpoint import checkpoints, load_checkpoint
from neuralcrn.runs.files import check_folder
from neuralcrn.training import Progress, Trainer, TrainingState

EPOCHS = 3


def test_finished_run_holds_everything(finished: Path) -> None:
    held = run_results(finished)
    assert {"networks/feedforward.crn", "networks/update.crn"} <= set(held)
    lines = held["metrics.csv"].decode().splitlines()
    assert len(lines) == 1 + EPOCHS
    assert lines[0].startswith("epoch,train_loss,val_loss,val_accuracy,test_accuracy,period,theta[0]")
    network = json.loads(held["network.json"])
    last = dict(zip(lines[0].split(","), lines[-1].split(","), strict=True))
    for name, value in network["parameters"].items():
        assert float(last[name]) == value
    assert not list(finished.rglob("*.part"))


def test_two_runs_leave_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    start(small_configuration(), tmp_path / "again", threads=1).run(no_progress)
    assert run_results(tmp_path / "again") == run_results(finished)


def test_another_seed_leaves_others(finished: Path, tmp_path: Path) -> None:
    start(small_configuration(seed=6), tmp_path / "other").run(no_progress)
    assert run_results(tmp_path / "other")["metrics.csv"] != run_results(finished)["metrics.csv"]


def count_calls(folder: Path) -> int:
    calls = 0

    def count(_progress: Progress) -> None:
        nonlocal calls
        calls += 1

    start(small_configuration(), folder).run(count)
    return calls


def test_resuming_after_any_interruption_gives_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    calls = count_calls(tmp_path / "counted")
    assert calls >= 2 * EPOCHS
    for moment in range(1, calls + 1):
        folder = tmp_path / f"stopped-{moment}"
        with pytest.raises(KeyboardInterrupt):
            start(small_configuration(), folder).run(stop_after(moment))
        assert not (folder / "metrics.csv").exists()
        resume(folder).run(no_progress)
        assert run_results(folder) == run_results(finished), moment


def test_resuming_after_several_interruptions_gives_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    session = start(small_configuration(), folder)
    for _ in range(4):
        with pytest.raises(KeyboardInterrupt):
            session.run(stop_after(2))
        session = resume(folder)
    session.run(no_progress)
    assert run_results(folder) == run_results(finished)


def test_resuming_a_finished_run_changes_nothing(finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(finished, folder)
    resume(folder).run(no_progress)
    assert run_results(folder) == run_results(finished)


def test_interruption_between_measuring_and_noting_loses_no_epoch(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state must not move to the next epoch before the metrics of the last are kept."""
    folder = tmp_path / "run"
    session = start(small_configuration(), folder)
    measure = Trainer.finish

    def measure_and_interrupt(trainer: Trainer, state: TrainingState, *, test: bool = True) -> None:
        measure(trainer, state, test=test)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Trainer, "finish", measure_and_interrupt)
        with pytest.raises(KeyboardInterrupt):
            session.run(no_progress)
    assert (session.state.epoch, session.state.position, session.metrics) == (0, 150, ())
    resume(folder).run(no_progress)
    assert run_results(folder) == run_results(finished)


def test_two_checkpoints_are_kept(finished: Path, interrupted: Path) -> None:
    for folder in (finished, interrupted):
        kept = checkpoints(folder / "checkpoints")
        assert len(kept) == 2
        for path in kept:
            check_folder(path)
            assert sorted(p.name for p in path.iterdir()) == ["arrays.npz", "manifest.json", "state.json"]


def test_existing_folder_is_refused_and_left_alone(finished: Path, tmp_path: Path) -> None:
    before = run_results(finished)
    with pytest.raises(RunError, match=r"exists already.*--resume"):
        start(small_configuration(), finished)
    assert run_results(finished) == before
    with pytest.raises(RunError, match="is no run folder"):
        resume(tmp_path / "nothing")


def test_index_lists_what_was_run_newest_first(tmp_path: Path) -> None:
    assert list_runs(tmp_path) == []
    start(small_configuration(), tmp_path / "one").run(no_progress)
    with pytest.raises(KeyboardInterrupt):
        start(small_configuration(seed=2), tmp_path / "two").run(stop_after(1))
    rows = list_runs(tmp_path)
    assert [(row["run"], row["status"], row["seed"]) for row in rows] == [
        (str(tmp_path / "two"), "interrupted", 2),
        (str(tmp_path / "one"), "finished", 5),
    ]
    assert rows[1]["epochs"] == EPOCHS
    resume(tmp_path / "two").run(no_progress)
    assert {row["status"] for row in list_runs(tmp_path)} == {"finished"}
    assert len(list_runs(tmp_path)) == 2
    shutil.rmtree(tmp_path / "one")
    assert [row["run"] for row in list_runs(tmp_path)] == [str(tmp_path / "two")]


def test_checkpoint_of_the_start_is_the_fresh_state(tmp_path: Path) -> None:
    session = start(small_configuration(), tmp_path / "run")
    shapes = {name: getattr(session.state, name).shape for name in ("pot", "errors", "times")}
    state, metrics, refused = load_checkpoint(
        tmp_path / "run" / "checkpoints", session.configuration.digest, shapes
    )
    assert np.array_equal(state.pot, session.fresh_state().pot)
    assert (state.epoch, state.position, metrics, refused) == (0, 0, [], [])


@pytest.fixture(scope="module")
def csv_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Session]:
    """A run on a file whose columns are far from concentrations."""
    folder = tmp_path_factory.mktemp("csv")
    rng = np.random.default_rng(1)
    length, weight = rng.uniform(100.0, 200.0, 80), rng.uniform(-3.0, 1.0, 80)
    price = 5000.0 + 20.0 * length + 300.0 * weight
    rows = "\n".join(
        f"{a!r},{b!r},{c!r}" for a, b, c in zip(length.tolist(), weight.tolist(), price.tolist(), strict=True)
    )
    data = folder / "flats.csv"
    data.write_text(f"length,weight,price\n{rows}\n")
    given = small_configuration("flats", target="price", epochs=15, rate=0.2)
    session = start(given, folder / "run", data)
    session.run(no_progress)
    return folder, session


def test_predictions_for_a_file_are_in_its_own_units(csv_run: tuple[Path, Session]) -> None:
    folder, session = csv_run
    task, raw, outputs = predict_file(folder / "run", folder / "flats.csv")
    assert task.scaling is not None
    assert raw.shape == (80, 2)
    assert 100.0 < raw[:, 0].min() < raw[:, 0].max() < 200.0
    price = 5000.0 + 20.0 * raw[:, 0] + 300.0 * raw[:, 1]
    assert np.corrcoef(outputs[:, 0], price)[0, 1] > 0.97
    assert np.sqrt(np.mean((outputs[:, 0] - price) ** 2)) < 0.5 * price.std()
    scaled = session.trainer.predict(session.state, task.scaling.scale_features(raw))
    np.testing.assert_array_equal(outputs, task.scaling.unscale_targets(scaled))


def test_file_is_copied_so_that_the_run_stands_alone(csv_run: tuple[Path, Session], tmp_path: Path) -> None:
    folder, _ = csv_run
    shutil.copytree(folder / "run", tmp_path / "moved")
    assert (tmp_path / "moved" / "data.csv").read_bytes() == (folder / "flats.csv").read_bytes()
    _, _, outputs = predict_file(tmp_path / "moved", folder / "flats.csv")
    _, _, expected = predict_file(folder / "run", folder / "flats.csv")
    assert np.array_equal(outputs, expected)


def test_rows_are_predicted_one_by_one_and_columns_by_name(
    csv_run: tuple[Path, Session], tmp_path: Path
) -> None:
    folder, _ = csv_run
    _, raw, outputs = predict_file(folder / "run", folder / "flats.csv")
    some = tmp_path / "some.csv"
    some.write_text(
        f"weight,colour,length\n{raw[7, 1]!r},red,{raw[7, 0]!r}\n".replace("np.float64(", "").replace(")", "")
    )
    _, again, output = predict_file(folder / "run", some)
    assert np.array_equal(again[0], raw[7])
    assert np.array_equal(output[0], outputs[7])


def test_changed_data_of_a_run_is_never_taken_silently(csv_run: tuple[Path, Session], tmp_path: Path) -> None:
    """Scaling comes from the copied file: with other numbers in it, predictions would silently be wrong."""
    folder, _ = csv_run
    shutil.copytree(folder / "run", tmp_path / "changed")
    data = tmp_path / "changed" / "data.csv"
    header, first, *rest = data.read_text().splitlines()
    data.write_text("\n".join([header, "990.0,0.5,99000.0", *rest]) + "\n")
    assert first
    with pytest.raises(RunError, match=r"data\.csv"):
        predict_file(tmp_path / "changed", folder / "flats.csv")
