"""The option ``--learner`` of ``neuralcrn train``: circuits, and learners that are trained in silico."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from neuralcrn import app
from neuralcrn.chemistry import parse_network
from neuralcrn.cli.main import app as commands
from neuralcrn.errors import InvalidValueError, RunError
from neuralcrn.in_silico.rate_independent import RateIndependentModel, RestSolver, Settings
from neuralcrn.learners import LEARNERS, InSilicoLearner
from neuralcrn.learners import rate_independent as learner_module
from neuralcrn.runs.folders import check_folder
from neuralcrn.tasks import make_task

SHORT = {"iris": Settings(hidden=(3,), epochs=40, starts=4)}


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learner_module, "SETTINGS", SHORT)


def run(*arguments: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(commands, ["train", *map(str, arguments)])
    return done.exit_code, done.stdout, done.stderr


def test_a_learner_in_chemistry_is_its_planned_training(tmp_path: Path) -> None:
    options = app.TrainingOptions(learner="neural-crn-linear", epochs=2, seed=3)
    spec = app.begin_run("xor", tmp_path / "run", options).spec
    planned = LEARNERS["neural-crn-linear"].plan("xor")
    assert (spec.circuit, spec.rule, spec.epochs, spec.seed) == (planned.circuit, planned.rule, 2, 3)
    assert dict(spec.circuit_options) == dict(planned.circuit_options)


class TestInSilico:
    def test_the_result_is_labelled_and_its_accuracy_is_that_of_the_written_reactions(
        self, tmp_path: Path
    ) -> None:
        status, shown, _ = run("iris", "--learner", "rate-independent", "--out", tmp_path / "run")
        assert status == 0
        assert "iris: trained in silico by rate-independent" in shown
        assert "final amounts of simulated reactions" in shown
        check_folder(tmp_path / "run")
        result = json.loads((tmp_path / "run" / "summary.json").read_text())
        model = json.loads((tmp_path / "run" / "model.json").read_text())
        network = parse_network((tmp_path / "run" / "network.crn").read_text())
        task, solver = make_task("iris", 0), RestSolver.of(network)
        right = 0
        for features, target in zip(task.validation.features, task.validation.targets, strict=True):
            start = np.array(network.initial)
            for (name, _), value, width in zip(model["inputs"], features, model["width"], strict=True):
                if name in network.index:
                    start[network.index[name]] += value / width  # inputs are shifted to 0
            end = dict(zip(network.species, solver.run(start), strict=True))
            outputs = [end.get(p, 0.0) - end.get(n, 0.0) for p, n in model["outputs"]]
            right += int(np.argmax(outputs) == np.argmax(target))
        assert right / len(task.validation) == result["val_accuracy"]
        assert result["val_accuracy"] > 0.8
        assert (result["trained"], result["max_order"]) == ("in silico", 2)
        (listed,) = app.runs(tmp_path).rows
        assert listed["val_accuracy"] == result["val_accuracy"]
        assert "in silico" in str(app.runs(tmp_path))

    def test_the_written_model_is_read_again(self, tmp_path: Path) -> None:
        run("iris", "--learner", "rate-independent", "--out", tmp_path / "run")
        model = RateIndependentModel.from_json(json.loads((tmp_path / "run" / "model.json").read_text()))
        assert model.network == parse_network((tmp_path / "run" / "network.crn").read_text())

    def test_new_rows_are_predicted_by_the_reactions(self, tmp_path: Path) -> None:
        run("iris", "--learner", "rate-independent", "--out", tmp_path / "run")
        task = make_task("iris", 0)
        assert task.scaling is not None
        rows = task.scaling.unscale_features(task.validation.features)
        lines = (",".join(map(repr, row)) for row in rows.tolist())
        (tmp_path / "new.csv").write_text("\n".join([",".join(task.feature_names), *lines]))
        found = app.predict(tmp_path / "run", tmp_path / "new.csv").found
        model = RateIndependentModel.from_json(json.loads((tmp_path / "run" / "model.json").read_text()))
        doses = task.scaling.scale_features(rows)
        assert found.outputs.tolist() == model.outputs(doses).tolist()
        assert found.classes == tuple(task.classes[label] for label in model.classify(doses))
        (tmp_path / "run" / "task.json").unlink()
        with pytest.raises(RunError, match=r"task\.json: is damaged: missing"):
            app.predict(tmp_path / "run", tmp_path / "new.csv")

    def test_a_folder_of_an_earlier_version_has_no_task_and_cannot_predict(self, tmp_path: Path) -> None:
        folder = tmp_path / "run"
        run("iris", "--learner", "rate-independent", "--out", folder)
        (folder / "task.json").unlink()
        manifest = json.loads((folder / "manifest.json").read_text())
        del manifest["task.json"]
        (folder / "manifest.json").write_text(json.dumps(manifest))
        check_folder(folder)
        (tmp_path / "new.csv").write_text("a,b\n1,2\n")
        with pytest.raises(RunError, match=r"written by an earlier version, without task\.json: train it"):
            app.predict(folder, tmp_path / "new.csv")

    def test_the_same_seed_gives_the_same_bytes(self, tmp_path: Path) -> None:
        for name in ("a", "b"):
            run("iris", "--learner", "rate-independent", "--out", tmp_path / name, "--seed", 5)

        def written(folder: Path) -> dict[str, object]:
            """Return the contents of a run, without the times in its summary."""
            summary = json.loads((folder / "summary.json").read_text())
            timeless = {name: value for name, value in summary.items() if name not in ("started", "seconds")}
            hashes = json.loads((folder / "manifest.json").read_text())
            return {**hashes, "summary.json": timeless}

        assert written(tmp_path / "a") == written(tmp_path / "b")

    def test_a_file_is_learned(self, tmp_path: Path) -> None:
        rng = np.random.default_rng(0)
        rows = [f"{a:.3f},{b:.3f},{'up' if a > b else 'down'}" for a, b in rng.uniform(0, 1, (60, 2))]
        (tmp_path / "data.csv").write_text("\n".join(["a,b,kind", *rows]))
        status, shown, error = run(
            tmp_path / "data.csv", "--target", "kind", "--learner", "rate-independent",
            "--out", tmp_path / "run", "--json",
        )  # fmt: skip
        assert status == 0, error
        result = json.loads(shown)
        assert result["task"] == "data"
        assert result["train_accuracy"] > 0.9
        inner = [row for row in rows if min(map(float, row.split(",")[:2])) > 0.1]
        (tmp_path / "some.csv").write_text("\n".join(["a,b,kind", *inner]))
        scores = app.predict(tmp_path / "run", tmp_path / "some.csv", target="").found.scores
        assert scores["accuracy"] > 0.6
        (tmp_path / "data.csv").unlink()  # of which the folder has a copy
        assert app.predict(tmp_path / "run", tmp_path / "some.csv", target="").found.scores == scores

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["bilinear"], "bilinear: learner rate-independent cannot learn it: it learns classes"),
            (["iris", "--epochs", "3", "--circuit", "svm"], "omit circuit, epochs, for circuits only"),
            (["iris", "--out", "."], "exists already"),
            (["missing.csv"], "name the column to predict"),
            (["iriss"], "did you mean 'iris'"),
        ],
    )
    def test_wrong_requests_get_one_line(self, arguments: list[str], message: str) -> None:
        status, _, error = run(*arguments, "--learner", "rate-independent")
        assert status == 2
        assert message in error
        assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["xor", "--learner", "svm", "--rule", "exact"], "--rule exact: learner svm determines it"),
        (["bilinear", "--learner", "svm"], "bilinear: learner svm cannot learn it: it learns classes"),
        (["xor", "--learner", "perceptrom"], "did you mean 'perceptron'"),
    ],
)
def test_wrong_requests_of_learners_in_chemistry(arguments: list[str], message: str) -> None:
    status, _, error = run(*arguments)
    assert status == 2
    assert message in error


def test_a_comparison_trains_it_in_silico_and_says_what_does_not_apply(tmp_path: Path) -> None:
    options = app.ComparisonOptions(learners=("rate-independent",), quick=True)
    result = app.compare("iris", tmp_path, options, processes=1)
    (row,) = result.comparison.rows
    assert isinstance(row.learner, InSilicoLearner)
    assert row.score > 0.8
    assert row.runs[0].reactions <= 7  # four inputs, three units
    assert row.strands.species > 7
    table = result.comparison.document().parts[2]
    cells = dict(zip(table.head, table.rows[0], strict=True))  # type: ignore[union-attr]
    assert cells["in"] == "silico"
    silent = ("loss", "learned after", "common", "mismatch", "rates", "fuel per step (µM)")
    assert {cells[name] for name in silent} == {"n/a"}
    data = json.loads((tmp_path / "comparison.json").read_text())
    assert data["learners"][0]["in_silico"]
    assert "nothing learns in their pot" in (tmp_path / "comparison.html").read_text()


def test_functions_of_the_other_kind_are_refused() -> None:
    with pytest.raises(InvalidValueError, match="use train_in_silico"):
        app.begin_run("iris", None, app.TrainingOptions(learner="rate-independent"))
    with pytest.raises(InvalidValueError, match="use begin_run"):
        app.train_in_silico("iris", None, app.TrainingOptions(learner="svm"))
