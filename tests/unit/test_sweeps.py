"""Sweeps: what is planned and refused, how trials are scored, kept and taken up, and what is found."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import neuralcrn
from neuralcrn.display import Table
from neuralcrn.engines.work import Working, executed
from neuralcrn.errors import (
    CancelledError,
    CompileError,
    InvalidValueError,
    NeuralCRNWarning,
    RunError,
    UnknownNameError,
)
from neuralcrn.files import read_json
from neuralcrn.jobs import Job, JobCounter, Processes, Store, collect, compute
from neuralcrn.jobs.job import sources_digest
from neuralcrn.jobs.workers import grouped
from neuralcrn.learning import TrainingSpec, train_task
from neuralcrn.runs.spec_file import spec_to_json
from neuralcrn.status import Status
from neuralcrn.studies.reproduction.plan import make_plan
from neuralcrn.studies.robustness import (
    DISTURBANCES,
    Case,
    RobustnessReport,
    Sweep,
    Trial,
    make_sweep,
    robustness_figure,
    run_sweep,
)
from neuralcrn.studies.robustness.cases import NONE, disturbed
from neuralcrn.studies.robustness.running import _job
from neuralcrn.studies.robustness.running import attempt as attempt_cases
from neuralcrn.studies.robustness.scoring import Score, score_of_constant, scoring
from neuralcrn.studies.robustness.tables import command_of, write_robustness

FILES = ("trials.csv", "robustness.json", "robustness.md", "robustness.png", "sweep.json")


def small_sweep(**changes: object) -> Sweep:
    options = {"strengths": {"rates": (0.3, 0.1), "annihilation": (1.0,)}, "seeds": 2, "epochs": 3, **changes}
    return make_sweep("bilinear", "quadratic", **options)


def attempt(spec: dict[str, object], name: str, strength: float, part: str = "all") -> Score:
    return executed(attempt_cases(spec, [(name, strength, part)]))


QUADRATIC = "quadratic"


def spec_of(sweep: Sweep) -> TrainingSpec:
    """Return the training of the only circuit."""
    (spec,) = sweep.specs.values()
    return spec


def report_of(values: dict[tuple, list[float]]) -> RobustnessReport:
    """Return a report with these scores of one circuit, seed by seed."""
    strengths: dict[str, tuple[float, ...]] = {}
    for name, strength, *part in values:
        if name != NONE and not part:
            strengths[name] = (*strengths.get(name, ()), strength)
    scores = {
        Trial(QUADRATIC, Case(*case), k): Score(v, 0.1)
        for case, row in values.items()
        for k, v in enumerate(row)
    }
    seeds = len(next(iter(values.values())))
    return RobustnessReport(replace(small_sweep(), strengths=strengths, seeds=seeds), scores)


def written(report: RobustnessReport, folder: Path) -> dict[str, bytes]:
    write_robustness(report, folder)
    return {name: (folder / name).read_bytes() for name in FILES}


def end_own_process(marker: str) -> int:
    """End the process that works, unless the file is there already."""
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 7


def always_end_own_process() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_change_of_any_source_makes_kept_results_stale(tmp_path: Path) -> None:
    """Whatever is changed, added or renamed in a package, and the file of the function itself."""
    own = tmp_path / "own.py"
    own.write_text("")
    texts = {"__init__.py": "", "package/deep/new.py": "a = 1\n", "templates/page.jinja": "x"}
    changes = [{}, {"package/deep/new.py": "a = 2\n"}, {"templates/page.jinja": "y"}, {"other.py": ""}]
    digests: list[str] = []
    for number, change in enumerate(changes):
        package = tmp_path / str(number) / "package"
        for name, text in {**texts, **change}.items():
            (package / name).parent.mkdir(parents=True, exist_ok=True)
            (package / name).write_text(text)
        digests.append(sources_digest(package, own))
    (package / "other.py").rename(package / "another.py")
    sources_digest.cache_clear()
    digests.append(sources_digest(package, own))
    own.write_text("b = 1\n")
    sources_digest.cache_clear()
    digests.append(sources_digest(package, own))
    assert len(set(digests)) == len(digests)
    (package / "another.pyc").write_text("compiled")  # what Python itself keeps is no source
    sources_digest.cache_clear()
    assert sources_digest(package, own) == digests[-1]


@pytest.mark.parametrize("name", ["my_rules.py", "my_rules/__init__.py"])
def test_a_change_of_a_package_that_extends_neuralcrn_makes_kept_results_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    information, source = tmp_path / "site" / "my_rules-1.0.dist-info", tmp_path / "site" / name
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: my-rules\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[neuralcrn.rules]\nmine = my_rules:RULE\n")
    source.parent.mkdir(exist_ok=True)
    package = tmp_path / "package"
    digests: list[str] = []
    for text in ("raise RuntimeError", "RULE = 1", "RULE = 2"):  # that it is not imported does not matter
        source.write_text(text)
        sources_digest.cache_clear()
        digests.append(sources_digest(package, Path(__file__)))
    sources_digest.cache_clear()
    assert len(set(digests)) == 3


def test_the_key_of_every_job_hangs_on_the_whole_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sweeps and reproductions alike; sources are read once a process."""
    asked: list[Path] = []

    def digest(package: Path, own: Path) -> str:
        asked.append(package)
        return str(len(asked))

    plan = make_plan([], seeds=1, quick=True)
    jobs = [*plan.jobs, *(_job(small_sweep(), trial) for trial in small_sweep().trials)]
    monkeypatch.setattr("neuralcrn.jobs.job.sources_digest", digest)
    before, after = ([job.key for job in jobs] for _ in range(2))
    assert set(before).isdisjoint(after)
    assert set(asked) == {Path(neuralcrn.__file__).parent}
    assert sources_digest.cache_info().maxsize is None


def test_everything_is_tried_unless_it_is_named() -> None:
    sweep = make_sweep("linear-classification", "linear")
    assert dict(sweep.strengths) == {name: d.strengths for name, d in DISTURBANCES.items()}
    assert len(sweep.trials) == len(set(sweep.trials)) == 3 * (1 + sum(map(len, sweep.strengths.values())))
    assert [trial.case for trial in sweep.trials[:3]] == [Case()] * 3
    assert spec_of(sweep).epochs == 10  # as recorded; the xor of mixing is recorded with 300
    assert spec_of(make_sweep("xor", "mixing")).epochs == 30
    assert spec_of(make_sweep("xor", "mixing", epochs=31)).epochs == 31


@pytest.mark.parametrize(
    ("task", "circuit", "options", "error", "said"),
    [
        ("xor", "mixin", {}, UnknownNameError, "did you mean 'mixing'"),
        ("xro", "mixing", {}, UnknownNameError, "did you mean 'xor'"),
        ("xor", "mixing", {"strengths": {"leak": ()}}, UnknownNameError, "did you mean 'leaks'"),
        ("xor", "mixing", {"strengths": {"leaks": (2.0,)}}, InvalidValueError, "from 0 to 1"),
        ("xor", "mixing", {"strengths": {"ssa": (0.0,)}}, InvalidValueError, "molecules per unit"),
        ("xor", "mixing", {"seeds": 0}, InvalidValueError, "seeds = 0"),
        ("xor", "mixing", {"epochs": 0}, InvalidValueError, "epochs = 0"),
        ("xor", "mixing", {"part": "feed"}, UnknownNameError, "unknown part 'feed'"),
        (
            "xor",
            "mixing",
            {"part": "forward", "strengths": {"ssa": ()}},
            InvalidValueError,
            "ssa does not act",
        ),
        ("xor", "mixing", {"part": "other"}, InvalidValueError, "choose forward, backward, update"),
        ("xor", "mixing", {"always": {"leaks": 2.0}}, InvalidValueError, "from 0 to 1"),
        ("xor", "mixing", {"always": {"leeks": 0.1}}, UnknownNameError, "did you mean 'leaks'"),
        (
            "xor",
            "mixing",
            {"readings": 2, "strengths": {"rates": ()}},
            InvalidValueError,
            "readings are equal",
        ),
        ("xor", "mixing", {"readings": 0, "strengths": {"ssa": ()}}, InvalidValueError, "readings = 0"),
        ("xor", ("mixing", "mixing"), {}, InvalidValueError, "'mixing' is given twice"),
        ("xor", "mixing:hiden=3", {}, InvalidValueError, "did you mean 'hidden'"),
        ("xor", "mixing:hidden=x", {}, InvalidValueError, "hidden = 'x': Expected"),
        ("xor", "mixing:hidden", {}, InvalidValueError, "NAME:OPTION=VALUE"),
        ("xor", "mixing:hidden=2,hidden=3", {}, InvalidValueError, "each once"),
        ("xor", "mixing:rule=exct", {}, InvalidValueError, "did you mean 'exact'"),
        ("xor", "mixing", {"level": "automatic"}, UnknownNameError, "level"),
        ("xor", "mixing", {"clock": "ring-3"}, InvalidValueError, "autonomous"),
        ("iris", "minimal", {}, CompileError, "one output"),
    ],
)
def test_what_does_not_fit_is_refused_before_any_work(task, circuit, options, error, said) -> None:
    with pytest.raises(error, match=said):
        make_sweep(task, circuit, **options)


def test_circuits_have_options_of_their_own() -> None:
    texts = ("quadratic", "quadratic:hidden=4,rule=first-order", "quadratic:update=direct,level=gated")
    sweep = make_sweep("bilinear", texts, rule="frozen", strengths={"rates": (0.1,)}, seeds=2, epochs=2)
    plain, wide, gated = sweep.specs.values()
    assert (plain.rule, wide.rule, gated.rule) == ("frozen", "first-order", "frozen")
    assert wide.circuit_options["hidden"] == 4
    assert (gated.level, gated.circuit_options["update"]) == ("gated", "direct")
    assert [trial.circuit for trial in sweep.trials] == [text for text in texts for _ in range(4)]
    assert len({trial.name for trial in sweep.trials}) == len(sweep.trials)
    assert command_of(sweep) == (
        f"neuralcrn robustness {' '.join(texts)} --task bilinear --rule frozen --epochs 2 "
        "--disturbance rates=0.1 --seeds 2"
    )


def test_names_of_files_are_short_and_different() -> None:
    circuit = "quadratic:" + ",".join(f"option{k}=1.2345" for k in range(40))
    names = {Trial(text, Case("rates", 0.1), k).name for text in (circuit, circuit + "6") for k in range(3)}
    assert len(names) == 6
    assert max(map(len, names)) < 200
    assert Trial("a:b=c", Case(), 0).name == "a-b=c-none-0.0-all-0"


def test_circuits_are_added_to_a_folder_and_shown_together(tmp_path: Path) -> None:
    options = {"strengths": {"rates": (0.1,)}, "seeds": 1, "epochs": 2}
    first = run_sweep(make_sweep("bilinear", "quadratic", **options), tmp_path, Processes(1))
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "trials").glob("*-*.json")}
    both = make_sweep("bilinear", ("quadratic", "quadratic:horizon=1.0"), **options)
    report = run_sweep(both, tmp_path, Processes(1))
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert first.scores.items() <= report.scores.items()
    write_robustness(report, tmp_path)
    lines = {line.get_label() for line in robustness_figure(report).axes[0].lines}
    assert set(both.specs) <= lines
    assert "tolerated down to here" not in lines
    text = (tmp_path / "robustness.md").read_text()
    assert all(f"{circuit}: tolerated up to" in text for circuit in both.specs)
    alone = make_sweep("bilinear", "quadratic:horizon=1.0", **options)
    run_sweep(alone, tmp_path, Processes(1))
    with pytest.raises(RunError, match="epochs differ"):
        run_sweep(make_sweep("bilinear", "quadratic", **{**options, "epochs": 3}), tmp_path, Processes(1))
    with pytest.raises(RunError, match="always differ"):
        run_sweep(replace(both, always=(Case("leaks", 0.01),)), tmp_path, Processes(1))


def test_what_is_always_present_is_in_the_reference_too() -> None:
    spec = spec_to_json(spec_of(small_sweep()))
    both = executed(attempt_cases(spec, [("leaks", 0.01, "all"), ("pipetting", 0.2, "all")]))
    assert both != attempt(spec, "pipetting", 0.2)
    assert executed(attempt_cases(spec, [("leaks", 0.01, "all"), (NONE, 0.0, "all")])) == attempt(
        spec, "leaks", 0.01
    )
    present = replace(small_sweep(), always=(Case("leaks", 0.01),), readings=3)
    assert {_job(present, trial).arguments[2] for trial in present.trials} == {3}
    assert all(_job(present, trial).arguments[1][0] == ("leaks", 0.01, "all") for trial in present.trials)


def test_errors_are_drawn_by_seed_strength_and_place_and_common_to_rates_and_mismatch() -> None:
    spec = spec_of(small_sweep())
    program = spec.make_program(spec.make_task())

    def logs(*cases: Case, seed: int = 0) -> np.ndarray:
        _, changed = disturbed(replace(spec, seed=seed), program, cases)
        pairs = zip(changed.phases, program.phases, strict=True)
        rates = [
            (new.rate, old.rate)
            for after, before in pairs
            for new, old in zip(after.network.reactions, before.network.reactions, strict=True)
        ]
        return np.log([new / old for new, old in rates])

    rates, common, mismatch = (Case(name, 0.3) for name in ("rates", "common", "mismatch"))
    np.testing.assert_allclose(logs(rates), logs(common) + logs(mismatch), atol=1e-12)
    again = (logs(rates, seed=1), logs(Case("rates", 0.30001)), logs(Case(), rates))
    assert all(np.abs(np.corrcoef(logs(rates), other)[0, 1]) < 0.5 for other in again)


def test_readings_average_what_is_drawn_anew_and_nothing_else() -> None:
    spec = spec_to_json(spec_of(small_sweep()))
    once, often = (
        executed(attempt_cases(spec, [("pipetting", 0.3, "all")], readings)) for readings in (1, 25)
    )
    assert often.loss < once.loss
    assert executed(attempt_cases(spec, [("rates", 0.1, "all")], 25)) == attempt(spec, "rates", 0.1)


def test_the_part_that_fails_is_found(tmp_path: Path) -> None:
    """Without annihilation the reversed states of the feedback grow without bound."""
    sweep = small_sweep(strengths={"annihilation": (1.0,), "pipetting": (1.0,)})
    report = run_sweep(sweep, tmp_path, Processes(1))
    case = Case("annihilation", 1.0)
    costs = report.costs_of_parts("quadratic", case)
    assert set(costs) == {"forward", "backward", "update"}
    assert costs["backward"] > 0.05 > costs["update"]
    assert report.costs_of_parts("quadratic", Case("pipetting", 1.0)) == {}
    (failing,) = [c for c in report.failing("quadratic") if c == case]
    alone = [trial for trial in report.scores if trial.case.part != "all"]
    assert [trial.case for trial in alone] == [replace(failing, part=p) for p in costs for _ in range(2)]


def test_the_undisturbed_trial_is_the_training_and_scores_what_it_predicts() -> None:
    sweep = make_sweep("linear-classification", "linear", epochs=4)
    trained = train_task("linear-classification", "linear", epochs=4)
    assert attempt(spec_to_json(spec_of(sweep)), NONE, 0.0).value == trained.metrics[-1].test_accuracy
    regression = spec_of(make_sweep("bilinear", "quadratic", epochs=6))
    score = attempt(spec_to_json(regression), NONE, 0.0)
    trained = train_task("bilinear", "quadratic", epochs=6)
    targets = trained.trainer.task.validation.targets
    assert score.loss == trained.metrics[-1].validation_loss
    assert score.value == pytest.approx(1.0 - 2.0 * score.loss / np.var(targets), rel=1e-12)


def test_a_disturbance_that_is_next_to_nothing_changes_next_to_nothing() -> None:
    spec = spec_to_json(spec_of(small_sweep()))
    undisturbed = attempt(spec, NONE, 0.0)
    for name in DISTURBANCES:
        assert attempt(spec, name, 1e-6).value == pytest.approx(undisturbed.value, abs=1e-3), name


def test_many_molecules_are_concentrations_and_few_cost_more() -> None:
    sweep = make_sweep("linear-regression", "linear", strengths={"ssa": (30.0, 1e4)}, epochs=3)
    assert dict(sweep.strengths) == {"ssa": (1e4, 30.0)}  # from mild to harsh
    specs = [spec_to_json(replace(spec_of(sweep), seed=k)) for k in range(4)]
    exact, many, few = (
        np.array([attempt(spec, *case).value for spec in specs])
        for case in ((NONE, 0.0), ("ssa", 1e4), ("ssa", 30.0))
    )
    assert np.abs(many - exact).max() < 0.05
    assert np.mean(exact - few) > 0.1


def test_harsh_errors_cost_more_than_mild_ones_on_average() -> None:
    def mean(name: str, strength: float) -> float:
        spec = spec_of(make_sweep("linear-regression", "linear", epochs=5))
        seeds = (spec_to_json(replace(spec, seed=k)) for k in range(6))
        return float(np.mean([attempt(seed, name, strength).value for seed in seeds]))

    for name in ("rates", "doses", "leaks"):
        assert mean(name, 0.05) > mean(name, 1.0), name


def test_what_diverges_scores_as_the_best_constant_and_says_so() -> None:
    score = attempt(spec_to_json(spec_of(small_sweep())), "annihilation", 1.0)
    assert (score.value, score.loss) == (0.0, None)
    assert "grows without bound" in score.failure
    spec = spec_of(make_sweep("or", "smooth-relu", epochs=1))
    task = spec.make_task()
    exploding = replace(spec.make_circuit(task), horizon=200.0).compile()
    failed = executed(scoring(spec, task, exploding))
    assert failed.failure
    assert failed.value == score_of_constant(task, task.test) == np.mean(task.labels(task.test.targets))


def test_interrupted_or_not_by_one_process_or_two_the_same_bytes(tmp_path: Path) -> None:
    sweep = small_sweep()
    report = run_sweep(sweep, tmp_path / "whole", Processes(2))
    whole = written(report, tmp_path / "whole")

    def interrupt(status: Status) -> None:
        if status.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_sweep(sweep, tmp_path / "parts", Processes(1), interrupt)
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "parts" / "trials").glob("*-*.json")}
    assert len(kept) == 2
    parts = written(run_sweep(sweep, tmp_path / "parts", Processes(1)), tmp_path / "parts")
    assert parts == whole
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert len(list((tmp_path / "parts" / "trials").glob("*-*.json"))) == len(report.scores)


def test_a_folder_of_another_sweep_is_refused_and_one_of_the_same_extended(tmp_path: Path) -> None:
    few = small_sweep(strengths={"clock": (0.1,)}, seeds=1)
    first = run_sweep(few, tmp_path, Processes(1))
    with pytest.raises(RunError, match="epochs differ"):
        run_sweep(small_sweep(epochs=4), tmp_path, Processes(1))
    told: list[Status] = []
    more = replace(few, seeds=2)
    second = run_sweep(more, tmp_path, Processes(1), told.append)
    assert {status.done for status in told} == {0, 1, 2, 3, 4}
    assert len(second.scores) == told[-1].total == 4
    assert first.scores.items() <= second.scores.items()


def test_what_was_running_in_a_killed_process_is_begun_again(tmp_path: Path) -> None:
    store = Store(tmp_path / "results")
    paths = {"ends": tmp_path / "marker", "lives": tmp_path}
    jobs = [Job(name, end_own_process, (str(path),)) for name, path in paths.items()]
    results = compute(jobs, store, Processes(1))
    assert {job.name: result.value for job, result in results} == {"ends": 7, "lives": 7}


def test_a_job_that_kills_its_process_fails_and_all_others_are_done(tmp_path: Path) -> None:
    store, ended = Store(tmp_path), Job("never", always_end_own_process, ())
    others = [Job(f"lives{k}", end_own_process, (str(tmp_path),)) for k in range(5)]
    with pytest.raises(RunError, match=r"1 of 6 jobs failed \(never: .*fewer --jobs"):
        list(compute([*others[:2], ended, *others[2:]], store, Processes(2)))
    assert all(store.find(job) for job in others)
    assert store.find(ended) is None
    assert read_json(tmp_path / "never.failed.json")["arguments"] == "()"


def joined(place: int, shared: str) -> Working[list[int]]:
    """Note its place, and wait for a simulation; see how many have begun then."""
    path = Path(shared) / f"{place}"
    path.touch()
    yield Waiting()
    return [place, len(list(path.parent.iterdir()))]


class Waiting:
    """A simulation that must be executed alone, and does nothing."""

    alike = None

    @property
    def executable(self) -> Waiting:
        return self

    works_together = 8

    def run(self) -> None:
        pass


def test_jobs_that_yield_simulations_are_computed_together(tmp_path: Path) -> None:
    (tmp_path / "begun").mkdir()
    jobs = [Job(f"job{k}", joined, (k, str(tmp_path / "begun"))) for k in range(5)]
    results = collect(jobs, Store(tmp_path / "kept"), Processes(1), JobCounter("jobs", 5, lambda _: None))
    assert {name: result.value for name, result in results.items()} == {f"job{k}": [k, 5] for k in range(5)}


def test_groups_of_jobs_leave_one_for_every_worker() -> None:
    together = [Job(f"job{k}", joined, (k, "")) for k in range(40)]
    alone = [Job(f"alone{k}", end_own_process, ("",)) for k in range(3)]
    assert [len(group) for group in grouped([*together, *alone], 2)] == [16, 16, 8, 1, 1, 1]
    assert [len(group) for group in grouped(together[:5], 2)] == [2, 2, 1]
    assert [len(group) for group in grouped(together[:2], 4)] == [1, 1]


def test_a_cost_is_paired_by_seed_and_a_lucky_strength_does_not_count() -> None:
    found = report_of(
        {
            (NONE, 0.0): [0.9, 0.8, 0.7],
            ("rates", 0.1): [0.88, 0.79, 0.3],
            ("rates", 0.2): [0.8, 0.7, 0.69],
            ("rates", 0.3): [0.9, 0.8, 0.7],
            ("leaks", 0.1): [0.85, 0.75, 0.65],
            ("clock", 0.1): [0.9, 0.8, 0.7],
        }
    )
    assert found.cost(QUADRATIC, Case("rates", 0.1)) == pytest.approx(0.02)
    assert found.cost(QUADRATIC, Case("rates", 0.2)) == pytest.approx(0.1)
    assert [found.tolerated(QUADRATIC, name) for name in ("rates", "leaks", "clock")] == [0.1, None, 0.1]
    assert found.tolerated_text(QUADRATIC, "leaks") == "less than 10%"
    assert found.tolerated_text(QUADRATIC, "clock") == "10%, the largest tested"
    assert found.median(QUADRATIC, Case("rates", 0.2)) == 0.7
    assert found.failing(QUADRATIC) == [Case("rates", 0.2), Case("leaks", 0.1)]


def test_costs_of_parts_are_shown_beside_that_of_the_whole() -> None:
    found = report_of(
        {
            (NONE, 0.0): [0.9, 0.8],
            ("rates", 0.1): [0.9, 0.8],
            ("rates", 0.2): [0.5, 0.4],
            ("rates", 0.3): [0.4, 0.3],
            ("rates", 0.2, "forward"): [0.9, 0.78],
            ("rates", 0.2, "backward"): [0.6, 0.5],
        }
    )
    assert found.failing(QUADRATIC) == [Case("rates", 0.2)]
    assert found.costs_of_parts(QUADRATIC, Case("rates", 0.1)) == {}
    assert found.costs_of_parts(QUADRATIC, Case("rates", 0.2)) == pytest.approx(
        {"forward": 0.01, "backward": 0.3}
    )
    tables = [part for part in found.document().parts if isinstance(part, Table)]
    assert tables[1].head == ("circuit", "disturbance", "strength", "forward", "backward", "all together")
    assert tables[1].rows == ((QUADRATIC, "rates", "20%", "1.0", "30.0", "40.0"),)


def test_the_figure_shows_every_seed_and_the_median() -> None:
    row = {("rates", 0.1): [0.5, 0.7], ("leaks", 0.1): [0.7, 0.7]}
    report = report_of({(NONE, 0.0): [0.9, 0.8], **row})
    failed = {Trial(QUADRATIC, Case("rates", 0.1), 0): Score(0.5, 0.1, "it diverged")}
    panels = robustness_figure(replace(report, scores={**report.scores, **failed})).axes
    assert [panel.get_title() for panel in panels] == ["rates", "leaks"]
    lines = {line.get_label(): np.asarray(line.get_xydata()).tolist() for line in panels[0].lines}
    assert lines["each seed"] == [[0, 0.9], [0, 0.8], [1, 0.7]]
    assert lines["failed: counts as the best constant"] == [[1, 0.5]]
    assert lines["median"] == pytest.approx(np.array([[0, 0.85], [1, 0.6]]))
    assert lines["tolerated down to here"][0][1] == pytest.approx(0.80)
    (legend,) = robustness_figure(report).legends
    named = [text.get_text() for text in legend.get_texts()]
    assert named == ["each seed", "median", "tolerated down to here"]


@pytest.mark.parametrize(
    ("wanted", "jobs", "expected", "said"),
    [
        (None, 100, 3, None),
        (None, 2, 2, None),
        (None, 0, 1, None),
        (2, 100, 2, None),
        (64, 100, 3, "64 processes: 3 are started, one for each core"),
        (64, 2, 2, "64 processes: 2 are started, one for each job"),
    ],
)
def test_processes_are_bounded_by_cores_and_jobs_and_that_is_said(
    wanted: int | None, jobs: int, expected: int, said: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {0, 1, 5}, raising=False)
    with nullcontext() if said is None else pytest.warns(NeuralCRNWarning, match=said):
        assert Processes.up_to(wanted, jobs).count == expected


def work_for_long() -> None:
    """Run for much longer than it takes to cancel."""
    threading.Event().wait(60.0)


def test_what_is_raised_while_jobs_run_ends_them(tmp_path: Path) -> None:
    told: list[Status] = []

    def cancel(status: Status) -> None:
        if status.total:
            told.append(status)
        if len(told) == 3:
            raise CancelledError("no longer wanted")

    counter = JobCounter("waiting", 1, cancel)
    with pytest.raises(CancelledError, match="no longer wanted"):
        collect([Job("long", work_for_long, ())], Store(tmp_path), Processes(1), counter)
    assert [(status.done, status.total) for status in told] == [(0, 1)] * 3
    assert not (tmp_path / "long.json").exists()
