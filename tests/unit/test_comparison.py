"""Comparison of learners: what is planned, measured and written."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from neuralcrn import app
from neuralcrn.circuits import FAMILIES
from neuralcrn.compiler import RULES
from neuralcrn.errors import DataError, InvalidValueError, UnknownNameError
from neuralcrn.learners import LEARNERS, CircuitLearner
from neuralcrn.learning import Metrics, plan
from neuralcrn.studies.comparison import Comparison, ComparisonPlan, Row, make_comparison
from neuralcrn.studies.comparison.measuring import Learned, Strands, _reached_after
from neuralcrn.studies.comparison.plan import Extent
from neuralcrn.studies.comparison.running import _LearnerJobs
from neuralcrn.studies.robustness import Case
from neuralcrn.studies.robustness.scoring import Score
from neuralcrn.tasks import TASKS, make_task

PAIR = ("neural-crn-linear", "random-features")


def test_every_learner_names_a_circuit_a_rule_and_a_source() -> None:
    for learner in LEARNERS.values():
        assert learner.source
        assert learner.summary
        if isinstance(learner, CircuitLearner):
            assert learner.circuit in FAMILIES
            assert learner.rule in RULES
        assert {value.task for value in learner.published} <= {*TASKS}


def different_tasks() -> list[str]:
    """Return names of tasks that differ in what learners ask for."""
    first: dict[tuple[object, ...], str] = {}
    for name in TASKS:
        task = make_task(name)
        features, targets = task.train.features, task.train.targets
        signed = bool((features < 0.0).any()), bool((targets < 0.0).any())
        first.setdefault((task.kind, task.ordered, features.shape[1], targets.shape[1], *signed), name)
    return list(first.values())


@pytest.mark.parametrize("name", LEARNERS)
def test_every_learner_learns_some_task_and_gives_reasons_for_the_others(name: str) -> None:
    planned: set[str] = set()
    for task in different_tasks():
        with contextlib.suppress(DataError):
            planned.add(LEARNERS[name].plan(task).task)
    assert bool(planned) == (name != "hebbian-neuron")  # which learns spikes, without targets


def test_a_recorded_training_is_used_where_there_is_one() -> None:
    assert LEARNERS["neural-crn-cubic"].plan("xor").epochs == plan("xor", "cubic").epochs == 80
    assert LEARNERS["neural-crn-cubic"].plan("iris").task_options == {"scaled": True}


def learner(**options: Any) -> CircuitLearner:
    return CircuitLearner(name="l", summary="s", source="s", circuit="minimal", rule="exact", **options)


@pytest.mark.parametrize(
    ("task", "options", "reason"),
    [
        ("bilinear", {"classes_only": True}, "it learns classes, but the targets of this task are numbers"),
        ("iris", {"one_output": True}, "it has one output, but this task has 3"),
        ("iris", {}, "an accumulated output needs fixed weights"),
        (
            "rings",
            {"outputs_in": (0.25, 1.0)},
            "between 0.25 and 1, but the targets of this task are between 0",
        ),
    ],
)
def test_a_task_that_cannot_be_learned_gets_the_reason(
    task: str, options: dict[str, Any], reason: str
) -> None:
    with pytest.raises(DataError, match=reason):
        learner(**options).plan(task)


class TestPlan:
    def test_refused_learners_are_kept_with_their_reasons(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(LEARNERS, "_own", {"l": learner(), "perceptron": LEARNERS["perceptron"]})
        planned = make_comparison("iris", tmp_path, quick=True)
        assert [*planned.trained] == ["perceptron"]
        assert "accumulated output" in planned.refused["l"]

    def test_if_none_can_learn_the_task_every_reason_is_given(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(LEARNERS, "_own", {"l": learner()})
        with pytest.raises(DataError, match=r"no learner can learn this task: l: .*accumulated output"):
            make_comparison("iris", tmp_path)

    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            ({"learners": ["perceptrom"]}, UnknownNameError, "did you mean 'perceptron'"),
            ({"learners": ["perceptron", "perceptron"]}, InvalidValueError, "perceptron is given twice"),
            ({"seeds": 0}, InvalidValueError, "seeds = 0: give a number from 1"),
        ],
    )
    def test_wrong_requests_are_named(
        self, options: dict[str, Any], error: type[Exception], message: str, tmp_path: Path
    ) -> None:
        with pytest.raises(error, match=message):
            make_comparison("xor", tmp_path, **options)

    def test_a_file_needs_a_target(self, tmp_path: Path) -> None:
        (tmp_path / "data.csv").write_text("a,b\n1,2\n")
        with pytest.raises(InvalidValueError, match="name the column to predict"):
            make_comparison(str(tmp_path / "data.csv"), tmp_path)


def learned(score: float) -> Learned:
    return Learned(
        score=score, loss=0.1, constant=0.5, reached_after=100, samples=200, phases=5, max_order=2, species=9,
        reactions=8,
    )  # fmt: skip


def compared(scores: dict[float, float], alone: float, volumes: dict[float, float]) -> tuple[Comparison, Row]:
    """Return a comparison of one learner with these scores under errors of rates, and by molecules."""
    extent = Extent(1, None, 1, 20_000, tuple(scores), 1_000, tuple(volumes), False)
    disturbed = {
        Case(name, s): (Score(v, 0.0),) for name in ("common", "mismatch") for s, v in scores.items()
    }
    disturbed |= {Case("rates", s): (Score(v, 0.0),) for s, v in scores.items()}
    disturbed |= {Case("ssa", s): (Score(v, 0.0),) for s, v in volumes.items()}
    baselines = {20_000: (Score(alone, 0.0),), 1_000: (Score(0.7, 0.0),)}
    row = Row(LEARNERS["perceptron"], "staged", "", (learned(alone),), baselines, disturbed, Strands(7), 1.0)
    spec = LEARNERS["perceptron"].plan("xor")
    made = ComparisonPlan("xor", "classification", {"perceptron": spec}, {}, extent, "neuralcrn compare xor")
    return Comparison(made, (row,)), row


class TestTolerance:
    def test_it_is_the_largest_strength_before_the_first_that_costs_five_points(self) -> None:
        comparison, row = compared({0.1: 0.94, 0.3: 0.88, 1.0: 0.95}, 0.95, {})
        assert comparison.tolerated(row, "rates") == 0.1

    def test_nothing_is_tolerated_if_the_mildest_costs_too_much(self) -> None:
        comparison, row = compared({0.1: 0.5, 0.3: 0.95}, 0.95, {})
        assert comparison.tolerated(row, "mismatch") is None

    def test_molecules_are_compared_with_a_training_of_the_same_length(self) -> None:
        comparison, row = compared({0.1: 0.95}, 0.95, {1_000.0: 0.69, 300.0: 0.66, 100.0: 0.6})
        assert comparison.tolerated(row, "ssa") == 300.0

    def test_a_learner_that_learned_nothing_tolerates_nothing(self) -> None:
        comparison, row = compared({}, 0.52, {})
        assert (row.learns(20_000), row.learns(1_000)) == (False, True)
        table = comparison.document().parts[2]
        assert table.rows[0][table.head.index("rates")] == ""  # type: ignore[union-attr]


def test_only_where_a_learner_learns_undisturbed_is_it_disturbed(tmp_path: Path) -> None:
    comparison, row = compared({0.1: 0.9}, 0.52, {100.0: 0.6})
    jobs = _LearnerJobs.of(comparison.plan, "perceptron", tmp_path).disturbed(row)
    assert [case.disturbance for case in jobs] == ["ssa"]
    assert all(job.alone and not job.can_be_joined for own in jobs.values() for job in own)


def test_samples_until_learned_are_counted_from_the_best_constant() -> None:
    """Half of the samples are of each class, so nine tenths of the way from 0.5 to 0.9 is 0.86."""
    task = make_task("xor", validation=30)

    def metrics(accuracy: float) -> Metrics:
        return Metrics(1, 0.0, 0.0, accuracy, None, 1.0, b"")

    rows = [metrics(a) for a in (0.5, 0.85, 0.87, 0.7, 0.9)]
    assert _reached_after(task, rows) == 3 * len(task.train)
    assert _reached_after(task, [metrics(0.9), metrics(0.4)]) is None


def without_seconds(folder: Path) -> tuple[Any, str]:
    """Return JSON and page without durations."""
    data = json.loads((folder / "comparison.json").read_text())
    for row in data["learners"]:
        assert row.pop("seconds") > 0.0
    page = (folder / "comparison.html").read_text()
    return data, re.sub(r">\d+\.\d</td>", "></td>", page)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compared")
    options = app.ComparisonOptions(learners=PAIR, quick=True)
    result = app.compare("linear-classification", folder, options, processes=1)
    assert "random-features" in str(result)
    return folder


class TestRunning:
    def test_the_page_opens_from_disk_and_asks_nothing_of_a_network(self, folder: Path) -> None:
        page = (folder / "comparison.html").read_text()
        assert page.startswith("<!DOCTYPE html>")
        assert "<svg" in page
        addresses = re.findall(r'(?:src|href)="(?!#)[^"]*"', page)
        assert addresses == []

    def test_both_learn(self, folder: Path) -> None:
        data, _ = without_seconds(folder)
        assert data["measure"] == "accuracy"
        assert min(row["score"] for row in data["learners"]) > 0.8
        sizes = {row["learner"]: row["runs"][0]["reactions"] for row in data["learners"]}
        for name in PAIR:
            spec = LEARNERS[name].plan("linear-classification")
            assert sizes[name] == spec.make_program(spec.make_task()).reaction_count

    def test_the_same_again_is_equal_to_the_byte_but_for_durations(
        self, folder: Path, tmp_path: Path
    ) -> None:
        options = app.ComparisonOptions(learners=PAIR, quick=True)
        app.compare("linear-classification", tmp_path, options, processes=2)
        assert without_seconds(tmp_path) == without_seconds(folder)

    def test_existing_trials_are_used(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without processes nothing can be computed anew."""
        monkeypatch.setattr("neuralcrn.jobs.Processes.run", None)
        options = app.ComparisonOptions(learners=PAIR, quick=True)
        app.compare("linear-classification", folder, options, processes=1)


def test_a_file_is_compared_from_its_copy(tmp_path: Path) -> None:
    rows = [f"{i / 10},{(i * 7) % 10},{2 * i + 1}" for i in range(20)]
    data = tmp_path / "line.csv"
    data.write_text("\n".join(["a,b,price", *rows]))
    options = app.ComparisonOptions(learners=("neural-crn-linear",), quick=True, target="price")
    result = app.compare(str(data), tmp_path / "out", options, processes=1)
    assert result.to_json()["task"] == "line"
    assert result.comparison.rows[0].score > 0.8
