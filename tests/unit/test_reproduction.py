"""The report of the publication: what is planned, kept, measured and written."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from neuralcrn.engines.work import executed
from neuralcrn.errors import InvalidValueError, RunError, UnknownNameError
from neuralcrn.jobs import Job, JobResult, Processes, Store, compute
from neuralcrn.learning import train_task
from neuralcrn.status import Status
from neuralcrn.studies.reproduction.build import build_report
from neuralcrn.studies.reproduction.experiments import GROUPS, MEASURES, Experiment
from neuralcrn.studies.reproduction.figures import draw
from neuralcrn.studies.reproduction.plan import make_plan
from neuralcrn.studies.reproduction.rows import Row
from neuralcrn.studies.reproduction.training import TrainingResult, take_up, task_of, train
from neuralcrn.studies.reproduction.trainings import EXPERIMENTS, find_experiment
from neuralcrn.tasks import TASKS

SMALL = ["linear-regression", "linear-classification", "baselines"]


def square(number: int) -> dict[str, int]:
    return {"square": number**2}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    build_report(make_plan(SMALL, 2, True), folder, Processes(1), "again")
    return folder


def test_every_published_task_has_an_experiment_and_every_name_is_one_of_a_kind():
    assert {e.spec.task for e in EXPERIMENTS} <= {*TASKS}
    names = [e.name for e in EXPERIMENTS]
    assert len(set(names)) == len(names)
    assert {e.measure for e in EXPERIMENTS} <= set(MEASURES)
    assert {e.group for e in EXPERIMENTS} <= set(GROUPS)
    assert {e.beside for e in EXPERIMENTS} <= {*names, ""}


@pytest.mark.parametrize(
    "experiment", [e for e in EXPERIMENTS if e.spec.level != "staged"], ids=lambda e: e.name
)
def test_a_pot_stands_beside_the_same_circuit_and_samples(experiment: Experiment):
    staged = find_experiment(experiment.beside)
    assert replace(experiment.spec, level="staged", clock="") == staged.spec
    assert experiment.measure == staged.measure


def test_a_plan_names_what_it_does_not_know():
    with pytest.raises(UnknownNameError, match="did you mean 'xor-cubic'"):
        make_plan(["xor-cubik"], 1, True)
    with pytest.raises(InvalidValueError, match="seeds = 0"):
        make_plan([], 0, True)


def test_experiments_that_take_long_share_seeds_and_are_left_out_where_there_are_too_few():
    quick, full = make_plan([], 3, True), make_plan([], 10, False)
    assert len(quick.seeds_of(find_experiment("pot-xor"))) == 1
    assert len(full.seeds_of(find_experiment("pot-xor"))) == 3
    assert find_experiment("pot-iris") not in quick.experiments
    assert find_experiment("pot-iris") in full.experiments
    named = make_plan(["pot-iris"], 1, True)
    assert [len(named.seeds_of(e)) for e in named.experiments] == [1, 1]


def test_baselines_alone_are_judged_beside_the_publication():
    plan = make_plan(["baselines"], 1, True)
    assert {e.group for e in plan.experiments} == {"publication"}
    ours = {
        "digits",
        "digit-pair",
        "logic",
        "separable",
        *(name for name, task in TASKS.items() if task.circuit == "switches"),
    }
    assert {e.spec.task for e in plan.references} == {*TASKS} - ours


def test_kept_results_are_taken_over_unless_they_are_of_something_else(tmp_path: Path):
    store = Store(tmp_path / "results")
    jobs = [Job("two", square, (2,)), Job("three", square, (3,))]
    done = {job.name: result.value for job, result in compute(jobs, store, Processes(1))}
    assert done == {"two": {"square": 4}, "three": {"square": 9}}
    kept = JobResult({"square": -1}, 0.0)
    store.keep(jobs[0], kept)
    assert dict(compute(jobs, store, Processes(1)))[jobs[0]] == kept
    assert store.find(Job("two", square, (5,))) is None
    (tmp_path / "results" / "two.json").write_text("{")
    assert dict(compute(jobs, store, Processes(1)))[jobs[0]].value == {"square": 4}


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="choose another folder"):
        Store(tmp_path / "file" / "results")


def test_a_measurement_is_the_training_and_survives_its_file(tmp_path: Path):
    experiment = find_experiment("linear-classification")
    measured = executed(train(experiment, 1))
    trained = train_task("linear-classification", "linear", seed=1).metrics[-1]
    assert measured.value(experiment) == trained.test_accuracy
    assert measured.metrics[-1] == trained
    store, job = Store(tmp_path), Job("training", train, (experiment, 1))
    ((_, result),) = compute([job], store, Processes(1))
    assert store.find(job) == result
    assert TrainingResult.from_json(result.value) == measured


def test_what_is_drawn_is_predicted_again_by_the_kept_concentrations():
    experiment = find_experiment("linear-regression")
    measured = executed(train(experiment, 3))
    trainer, _, after = take_up(experiment, measured)
    validation = task_of(experiment, 3).validation
    outputs = trainer.predict(after, validation.features)
    loss = 0.5 * np.mean(np.sum((outputs - validation.targets) ** 2, axis=1))
    assert loss == pytest.approx(measured.metrics[-1].validation_loss, rel=1e-12)


def run_of(seed: int, accuracy: float, failure: str = "") -> TrainingResult:
    trained = train_task("linear-classification", epochs=1, seed=0).metrics[0]
    return TrainingResult(
        seed=seed,
        metrics=(replace(trained, test_accuracy=accuracy),),
        pot=(),
        species=1,
        reactions=1,
        max_order=1,
        doses=1,
        failure=failure,
    )


def test_a_row_counts_failures_as_the_worst_and_shows_the_run_nearest_its_median():
    experiment = find_experiment("linear-classification")
    runs = (run_of(0, 0.95), run_of(1, 0.99, "diverged"), run_of(2, 0.96), run_of(3, 0.94))
    row = Row(experiment, runs, 1.0)
    assert row.values == (0.95, 0.0, 0.96, 0.94)
    assert row.median == pytest.approx(0.945)
    assert row.failures == ("diverged",)
    assert row.typical.seed in (0, 3)
    assert row.met is True
    assert row.median_on_seeds_of(Row(experiment, (run_of(2, 0.5),), 1.0)) == 0.96


VOID = {"meta", "img", "br", "link"}


def test_an_experiment_whose_only_run_failed_at_once_is_drawn_without_losses():
    experiment = find_experiment("linear-classification")
    failed = replace(executed(train(experiment, 0)), metrics=(), failure="diverged")
    captions = list(draw(experiment, (failed,), failed))
    assert len(captions) == 2
    assert not any("epochs" in caption for caption in captions)


class Page(HTMLParser):
    """Tags that are open, and what a page loads."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []
        self.pictures = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.loaded += [str(given["src"])] if "src" in given else []
        self.loaded += [str(given["href"])] if tag == "link" else []
        self.pictures += tag == "img"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_loads_nothing(report: Path):
    page = Page()
    page.feed((report / "report.html").read_text())
    assert page.open == []
    assert page.pictures == 2 * 4 + 2
    assert all(source.startswith("data:image/png;base64,") for source in page.loaded)


def test_the_tables_have_as_many_cells_as_heads(report: Path):
    lines = (report / "report.md").read_text().splitlines()
    tables = [lines[i : i + 3] for i, line in enumerate(lines) if line.startswith("|---")]
    assert len(tables) == 2
    heads = [lines[i - 1] for i, line in enumerate(lines) if line.startswith("|---")]
    for head, (rule, *rows) in zip(heads, tables, strict=True):
        assert {line.count("|") for line in (head, rule, *rows) if line} == {head.count("|")}


def without_times(folder: Path) -> str:
    page = (folder / "report.html").read_text()
    assert 'class="n seconds"' in page
    return re.sub(r'class="n seconds">[^<]*<', "", page)


def test_the_same_seeds_give_the_same_page_times_aside(report: Path, tmp_path: Path):
    build_report(make_plan(SMALL, 2, True), tmp_path, Processes(1), "again")
    assert without_times(tmp_path) == without_times(report)


def test_an_interrupted_report_goes_on_with_the_rest(report: Path, tmp_path: Path):
    plan = make_plan(SMALL, 2, True)

    def interrupt(status: Status) -> None:
        if status.done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_report(plan, tmp_path, Processes(1), "again", interrupt)
    kept = {path.stem for path in (tmp_path / "results").iterdir()} & {job.name for job in plan.jobs}
    assert len(kept) >= 3
    assert not (tmp_path / "report.html").exists()
    build_report(plan, tmp_path, Processes(1), "again")
    assert without_times(tmp_path) == without_times(report)
