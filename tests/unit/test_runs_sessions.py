"""Runs: folders that are whole, and resumed to the same bytes."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.cases import no_progress, run_results, small_spec, stop_after

from neuralcrn.engines.work import Working
from neuralcrn.errors import DataError, DivergenceError, InvalidValueError, NeuralCRNWarning, RunError
from neuralcrn.learning import DataFile, Metrics, Progress, Trainer, TrainingState
from neuralcrn.runs import Session, list_runs, predict_file, predictor_of, resume, start
from neuralcrn.runs.checkpoint import checkpoints, load_checkpoint
from neuralcrn.runs.folders import check_folder
from neuralcrn.runs.spec_file import spec_digest
from neuralcrn.tasks import Reading

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
    start(small_spec(), tmp_path / "again", threads=1).run(no_progress)
    assert run_results(tmp_path / "again") == run_results(finished)


def test_another_seed_leaves_others(finished: Path, tmp_path: Path) -> None:
    start(small_spec(seed=6), tmp_path / "other").run(no_progress)
    assert run_results(tmp_path / "other")["metrics.csv"] != run_results(finished)["metrics.csv"]


def count_calls(folder: Path) -> int:
    calls = 0

    def count(_progress: Progress) -> None:
        nonlocal calls
        calls += 1

    start(small_spec(), folder).run(count)
    return calls


def test_resuming_after_any_interruption_gives_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    calls = count_calls(tmp_path / "counted")
    assert calls >= 2 * EPOCHS
    for moment in range(1, calls + 1):
        folder = tmp_path / f"stopped-{moment}"
        with pytest.raises(KeyboardInterrupt):
            start(small_spec(), folder).run(stop_after(moment))
        assert not (folder / "metrics.csv").exists()
        resume(folder).run(no_progress)
        assert run_results(folder) == run_results(finished), moment


def test_resuming_after_several_interruptions_gives_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    session = start(small_spec(), folder)
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
    session = start(small_spec(), folder)
    measuring = Trainer.finishing

    def measure_and_interrupt(
        trainer: Trainer, state: TrainingState, *, test: bool = True
    ) -> Working[tuple[TrainingState, Metrics]]:
        yield from measuring(trainer, state, test=test)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Trainer, "finishing", measure_and_interrupt)
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
        start(small_spec(), finished)
    assert run_results(finished) == before
    with pytest.raises(RunError, match="is no run folder"):
        resume(tmp_path / "nothing")


def test_what_was_run_is_listed_newest_first(tmp_path: Path) -> None:
    assert list_runs(tmp_path) == []
    start(small_spec(), tmp_path / "one").run(no_progress)
    with pytest.raises(KeyboardInterrupt):
        start(small_spec(seed=2), tmp_path / "two").run(stop_after(1))
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
    session = start(small_spec(), tmp_path / "run")
    shapes = {name: getattr(session.state, name).shape for name in ("pot", "errors", "times")}
    state, metrics, refused = load_checkpoint(
        tmp_path / "run" / "checkpoints", spec_digest(session.spec), shapes
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
    given = small_spec("flats", target="price", epochs=15, learning_rate=0.2)
    session = start(given, folder / "run", data)
    session.run(no_progress)
    return folder, session


def test_predictions_for_a_file_are_in_its_own_units(csv_run: tuple[Path, Session]) -> None:
    folder, session = csv_run
    found = predict_file(predictor_of(folder / "run"), folder / "flats.csv")
    task, raw, outputs = found.task, found.features, found.outputs
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
    moved = predict_file(predictor_of(tmp_path / "moved"), folder / "flats.csv")
    assert np.array_equal(
        moved.outputs, predict_file(predictor_of(folder / "run"), folder / "flats.csv").outputs
    )


def test_rows_are_predicted_one_by_one_and_columns_by_name(
    csv_run: tuple[Path, Session], tmp_path: Path
) -> None:
    folder, _ = csv_run
    found = predict_file(predictor_of(folder / "run"), folder / "flats.csv")
    raw, outputs = found.features, found.outputs
    some = tmp_path / "some.csv"
    some.write_text(
        f"weight,colour,length\n{raw[7, 1]!r},red,{raw[7, 0]!r}\n".replace("np.float64(", "").replace(")", "")
    )
    again = predict_file(predictor_of(folder / "run"), some)
    assert np.array_equal(again.features[0], raw[7])
    assert np.array_equal(again.outputs[0], outputs[7])


def test_changed_data_of_a_run_is_never_taken_silently(csv_run: tuple[Path, Session], tmp_path: Path) -> None:
    """Scaling comes from the copied file: with other numbers in it, predictions would silently be wrong."""
    folder, _ = csv_run
    shutil.copytree(folder / "run", tmp_path / "changed")
    data = tmp_path / "changed" / "data.csv"
    header, first, *rest = data.read_text().splitlines()
    data.write_text("\n".join([header, "990.0,0.5,99000.0", *rest]) + "\n")
    assert first
    with pytest.raises(RunError, match=r"data\.csv"):
        predict_file(predictor_of(tmp_path / "changed"), folder / "flats.csv")


def whole_and_extended(tmp_path: Path, first: int, epochs: int, **options: Any) -> tuple[Path, Path]:
    """Return a run of some epochs, and one begun with fewer that was extended to as many."""
    whole, extended = tmp_path / "whole", tmp_path / "extended"
    start(small_spec(epochs=epochs, **options), whole).run(no_progress)
    start(small_spec(epochs=first, **options), extended).run(no_progress)
    resume(extended, epochs=epochs).run(no_progress)
    return whole, extended


def test_an_extended_run_ends_in_the_bytes_of_a_long_one(finished: Path, tmp_path: Path) -> None:
    _, extended = whole_and_extended(tmp_path, 1, EPOCHS)
    assert run_results(extended) == run_results(finished)
    (row, _) = list_runs(tmp_path)
    assert (row["status"], row["epochs"], row["planned"]) == ("finished", EPOCHS, EPOCHS)


def test_an_extension_may_be_interrupted(finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    start(small_spec(epochs=1), folder).run(no_progress)
    resume(folder, epochs=EPOCHS)  # killed before it learned anything
    with pytest.raises(KeyboardInterrupt):
        resume(folder).run(stop_after(3))
    resume(folder).run(no_progress)
    assert run_results(folder) == run_results(finished)


def test_an_interrupted_run_may_be_shortened_to_what_it_has_not_learned_yet(
    finished: Path, interrupted: Path, tmp_path: Path
) -> None:
    done = resume(interrupted).state.epoch
    assert done == 1
    resume(interrupted, epochs=2).run(no_progress)
    start(small_spec(epochs=2), tmp_path / "short").run(no_progress)
    assert run_results(interrupted) == run_results(tmp_path / "short")
    for epochs in (1, 0, -1):
        with pytest.raises(InvalidValueError, match="has learned 2 epochs: give more than that in all"):
            resume(interrupted, epochs=epochs)
    assert resume(interrupted, epochs=2).spec.epochs == 2
    resume(interrupted, epochs=EPOCHS).run(no_progress)
    assert run_results(interrupted) == run_results(finished)


def test_an_extended_pot_measures_its_grid_once(tmp_path: Path) -> None:
    """A pot answers for its test grid after the last epoch only: which is another one when it is extended."""
    options = {"task_options": {"train": 4, "validation": 2, "test_side": 2}, "level": "gated"}
    whole, extended = whole_and_extended(tmp_path, 1, 2, task="and", **options)
    assert run_results(extended) == run_results(whole)
    rows = [line.split(",")[4] for line in (whole / "metrics.csv").read_text().splitlines()]
    assert rows[0] == "test_accuracy"
    assert rows[1] == ""
    assert rows[2] != ""


def test_statuses_are_told_apart(tmp_path: Path) -> None:
    start(small_spec(), tmp_path / "finished").run(no_progress)
    with pytest.raises(KeyboardInterrupt):
        start(small_spec(), tmp_path / "interrupted").run(stop_after(3))
    with (
        pytest.raises(DivergenceError),
        pytest.warns(NeuralCRNWarning, match="begins again at half the rate"),
    ):
        start(small_spec(learning_rate=1.0, horizon=200.0), tmp_path / "diverged").run(no_progress)

    def killed(_progress: Progress) -> None:
        assert list_runs(tmp_path)[0]["status"] == "unfinished"
        raise RunError("no space")

    with pytest.raises(RunError, match="no space"):
        start(small_spec(), tmp_path / "failed").run(killed)
    assert len(list_runs(tmp_path)) == 4
    for row in list_runs(tmp_path):
        assert row["run"] == str(tmp_path / row["status"])


def test_runs_are_listed_by_what_their_folders_hold(finished: Path, tmp_path: Path) -> None:
    """Copied, moved and damaged folders, and others, beside each other."""
    for name in ("b", "a"):
        shutil.copytree(finished, tmp_path / name)
    (tmp_path / "no run").mkdir()
    rows = list_runs(tmp_path)
    assert [row["run"] for row in rows] == [str(tmp_path / "a"), str(tmp_path / "b")]
    assert rows[0] == {**rows[1], "run": str(tmp_path / "a")}
    (tmp_path / "a").rename(tmp_path / "c")
    for damage in ("{", "[]", json.dumps({**rows[0], "val_loss": "low"}), json.dumps({"status": "finished"})):
        (tmp_path / "b" / "summary.json").write_text(damage)
        with pytest.warns(NeuralCRNWarning, match=r"b/summary\.json: is damaged: .*: the run is not listed"):
            assert [row["run"] for row in list_runs(tmp_path)] == [str(tmp_path / "c")]


def doubled(tmp_path: Path, *, non_negative: bool) -> Path:
    """Return a run that learned y = 2x on x from 10 to 20."""
    data = tmp_path / "line.csv"
    data.write_text("x,y\n" + "".join(f"{10 + i / 4},{20 + i / 2}\n" for i in range(41)))
    options = {"epochs": 60, "learning_rate": 0.3, "supply": 0.0, "non_negative": non_negative}
    start(small_spec("line", target="y", **options), tmp_path / "run", data).run(no_progress)
    return tmp_path / "run"


def test_two_rails_extrapolate_to_both_sides_and_it_is_said(tmp_path: Path) -> None:
    run, new = doubled(tmp_path, non_negative=False), tmp_path / "new.csv"
    new.write_text("x,y\n0,0\n5,10\n9,18\n10,20\n15,30\n30,60\n")
    found = predict_file(predictor_of(run), new, target="")
    np.testing.assert_allclose(found.outputs[:, 0], [0.0, 10.0, 18.0, 20.0, 30.0, 60.0], atol=0.05)
    (note,) = found.notes
    assert note.startswith(
        "row 2, column x: 0 is below the range of the training data (in all rows 2, 3, 4, 7, "
    )
    assert found.scores["r2"] > 0.99999
    assert found.scores["rmse"] == pytest.approx(
        np.sqrt(np.mean((found.outputs[:, 0] - [0, 10, 18, 20, 30, 60]) ** 2))
    )


def test_one_rail_extrapolates_upwards_and_refuses_below_with_rows_and_columns(tmp_path: Path) -> None:
    run, new = doubled(tmp_path, non_negative=True), tmp_path / "new.csv"
    new.write_text("x\n30\n15\n")
    found = predict_file(predictor_of(run), new)
    np.testing.assert_allclose(found.outputs[:, 0], [60.0, 30.0], atol=0.05)
    assert found.notes == ("row 2, column x: 30 is above the range of the training data: extrapolated",)
    new.write_text("x\n15\n5\n9\n")
    with pytest.raises(
        DataError, match=r"row 3, column x: 5 lies below 10, .* \(in all rows 3, 4, column x\)"
    ):
        predict_file(predictor_of(run), new)


def test_a_run_reads_new_rows_as_it_read_its_own(tmp_path: Path) -> None:
    data = tmp_path / "people.csv"
    rows = "".join(
        f"{i};u{i};{'red' if i % 3 else 'blue'};{'' if i == 4 else f'{i},5'};{'ab'[i % 2]}\n"
        for i in range(24)
    )
    data.write_text(f";id;colour;size;kind\n{rows}")
    reading = Reading(drop=("id",), categorical=("colour",), missing="mean", decimal=",")
    given = replace(small_spec("people", target="kind", epochs=2), data=DataFile("kind", reading))
    session = start(given, tmp_path / "run", data)
    session.run(no_progress)
    assert session.notes == ("column 1 has no name and counts the rows or is blank: it is ignored",)
    assert session.spec.data.reading.features == ("colour", "size")
    colour, size = json.loads((tmp_path / "run" / "network.json").read_text())["columns"]
    assert (colour["name"], colour["categories"]) == ("colour", ["blue", "red"])
    new = tmp_path / "new.csv"
    new.write_text("size;colour\n3,5;red\n;blue\n")
    found = predict_file(predictor_of(tmp_path / "run"), new)
    assert found.features.tolist() == [[0.0, 1.0, 3.5], [1.0, 0.0, size["blank"][0]]]
    assert set(found.classes) <= {"a", "b"}
    new.write_text("size|colour|what\n3.5|red|a\n4.5|blue|b\n")
    other = predict_file(predictor_of(tmp_path / "run"), new, target="what", decimal=".")
    assert np.array_equal(other.outputs[0], found.outputs[0])
    assert other.scores == {"accuracy": np.mean(np.array(other.classes) == ["a", "b"])}
    for text, said in (
        ("size;colour\n3,5;rad\n", "unknown category 'rad'"),
        ("size;colour\n3.5;red\n", "has a point"),
    ):
        new.write_text(text)
        with pytest.raises(DataError, match=rf"new\.csv: row 2, column [12] .*{said}"):
            predict_file(predictor_of(tmp_path / "run"), new)


def test_a_target_that_the_run_does_not_know_is_refused(
    csv_run: tuple[Path, Session], tmp_path: Path
) -> None:
    folder, _ = csv_run
    new = tmp_path / "new.csv"
    new.write_text("length,weight\n150,0.5\n")
    with pytest.raises(DataError, match="lacks column 'price'"):
        predict_file(predictor_of(folder / "run"), new, target="")
    new.write_text("length,weight,price\n150,0.5,cheap\n")
    with pytest.raises(DataError, match="row 2: target 'cheap' is not a number"):
        predict_file(predictor_of(folder / "run"), new, target="")
