"""The verbs as functions: the numbers of the command line, nothing printed, stopped and taken up again."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cases import run_results
from typer.testing import CliRunner

from neuralcrn import app
from neuralcrn.app import Changes, CircuitOptions, DnaOptions, Scan, SimulationOptions, Source
from neuralcrn.cli.main import app as commands
from neuralcrn.errors import CancelledError, InvalidValueError, SimulationError, UnknownNameError
from neuralcrn.status import Status

FORMAL = "A + B -> 2B [k = 2]\nB -> C [k = 1]\nA @initial 1\nB @initial 0.5\n"
SMALL = CircuitOptions(inputs=1, optimiser={"momentum": 0.5, "batch": 2}, signed=True)
MOLECULES = SimulationOptions(t_end=1.0, steps=4, method="ssa", volume=50.0, runs=3, seed=2)
MOLECULES_WORDS = ("--t-end", "1", "--steps", "4", "--method", "ssa", "--volume", "50", "--runs", "3",
                   "--seed", "2")  # fmt: skip
SMALL_WORDS = ("--inputs", "1", "--optimiser", "momentum=0.5,batch=2", "--signed")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder that holds one network."""
    monkeypatch.chdir(tmp_path)
    Path("a.crn").write_text(FORMAL)
    return tmp_path


def printed(*arguments: str, status: int = 0) -> str:
    """Return what a command prints."""
    done = CliRunner().invoke(commands, arguments)
    assert done.exit_code == status, (done.stderr, done.exception)
    return done.stdout


Verb = Callable[[], Any]
JSON: dict[str, tuple[Verb, tuple[str, ...]]] = {
    "catalogue": (app.catalogue, ("list",)),
    "clocks": (app.clocks, ("clock",)),
    "show": (lambda: app.show("quadratic", SMALL), ("show", "quadratic", *SMALL_WORDS)),
    "info of a file": (lambda: app.info(Source("a.crn")), ("info", "a.crn")),
    "info of phases": (lambda: app.info(Source("linear", options=SMALL)), ("info", "linear", *SMALL_WORDS)),
    "simulate": (
        lambda: app.simulate(
            Source("a.crn"), SimulationOptions(t_end=1.0, rtol=1e-8), Changes({}, {"A": 3.0})
        ),
        ("simulate", "a.crn", "--t-end", "1", "--rtol", "1e-8", "--init", "A=3"),
    ),
    "simulate a scan": (
        lambda: app.simulate(Source("a.crn"), MOLECULES, Changes(scan=Scan("A", (1.0, 2.0)))),
        ("simulate", "a.crn", *MOLECULES_WORDS, "--scan", "A=1,2"),
    ),
    "certify": (
        lambda: app.certify("minimal", CircuitOptions(inputs=1), seed=3),
        ("certify", "minimal", "--inputs", "1", "--seed", "3"),
    ),
    "clock": (lambda: app.clock("ring-3", cycles=3), ("clock", "ring-3", "--cycles", "3")),
    "dna of a file": (
        lambda: app.dna(Source("a.crn"), DnaOptions(t_end=2.0)),
        ("dna", "a.crn", "--t-end", "2"),
    ),
    "dna of phases": (
        lambda: app.dna(Source("minimal", options=CircuitOptions(inputs=1)), DnaOptions(seed=4)),
        ("dna", "minimal", "--inputs", "1", "--seed", "4"),
    ),
}


@pytest.mark.parametrize("verb", JSON)
def test_a_verb_returns_what_its_command_prints_and_prints_nothing(
    verb: str, capfd: pytest.CaptureFixture[str]
) -> None:
    work, arguments = JSON[verb]
    result = work()
    assert capfd.readouterr().out == ""
    assert json.loads(json.dumps(result.to_json())) == json.loads(printed(*arguments, "--json"))


@pytest.mark.parametrize(
    "verb", ["catalogue", "clocks", "info of a file", "certify", "clock", "dna of a file", "dna of phases"]
)
def test_a_result_reads_as_its_command_prints_it(verb: str) -> None:
    work, arguments = JSON[verb]
    assert f"{work()}\n" == printed(*arguments)


@pytest.mark.parametrize("only", [None, *app.Pass])
def test_every_pass_is_shown_as_by_its_command(only: app.Pass | None) -> None:
    shown = app.show("linear", CircuitOptions(level="gated")).text(only)
    words = () if only is None else ("--pass", only.value)
    assert f"{shown}\n" == printed("show", "linear", "--level", "gated", *words)


@pytest.mark.parametrize("format", ["crn", "json", "latex"])
def test_a_network_is_converted_from_a_file_or_from_its_text(format: str) -> None:
    text = app.convert(Source("a.crn"), format)
    assert text == printed("convert", "a.crn", "-", "--to", format)
    assert text == app.convert(Source("elsewhere.crn", text=FORMAL), format)


@pytest.mark.parametrize("image", ["svg", "png", "pdf"])
def test_a_network_is_drawn_into_the_same_bytes(image: str) -> None:
    printed("draw", "linear", f"a.{image}", "--phase", "update")
    assert app.draw(Source("linear", phase="update"), image) == Path(f"a.{image}").read_bytes()


def test_the_table_and_the_figure_of_a_simulation_are_those_of_its_command() -> None:
    drawn = dataclasses.replace(MOLECULES, draw=True, all_runs=True)
    made = app.simulate(Source("a.crn"), drawn)
    assert made.csv() == printed("simulate", "a.crn", *MOLECULES_WORDS, "--all-runs", "--plot", "a.svg")
    assert made.picture("svg") == Path("a.svg").read_bytes()


def test_a_run_that_stops_early_has_a_table_and_says_so_when_asked() -> None:
    made = app.simulate(
        Source("bomb.crn", text="2A -> 3A [k = 1]\nA @initial 1"), SimulationOptions(t_end=3.0)
    )
    assert float(made.csv().splitlines()[-1].split(",")[0]) < 1.0
    with pytest.raises(SimulationError, match=r"bomb\.crn: stopped at time"):
        made.check_end()


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        (lambda: SimulationOptions(t_end=0.0), InvalidValueError, "positive"),
        (lambda: SimulationOptions(t_end=1.0, steps=0), InvalidValueError, "at least 1"),
        (lambda: SimulationOptions(t_end=1.0, method="sa"), UnknownNameError, "ssa"),
        (lambda: SimulationOptions(t_end=1.0, volume=3.0), InvalidValueError, "no molecules"),
        (lambda: SimulationOptions(t_end=1.0, log="x"), InvalidValueError, "figure"),
        (lambda: Scan("A", (1.0,)), InvalidValueError, "from 2 to"),
        (lambda: Changes({"A": 1.0}, {"A": 1.0}), InvalidValueError, "A is given by two"),
        (lambda: app.draw(Source("a.crn"), "gif"), UnknownNameError, "svg"),
        (lambda: app.convert(Source("a.crn"), "sbm"), UnknownNameError, "did you mean 'sbml'"),
        (lambda: Source("a.crn", options=SMALL).network(), InvalidValueError, "is a file"),
        (lambda: app.certify("a.crn"), InvalidValueError, "is a file"),
        (lambda: app.certify("linear", CircuitOptions(inputs=101)), InvalidValueError, "at most 100"),
        (lambda: app.clock("ring"), UnknownNameError, "did you mean 'ring-"),
        (lambda: app.clock("ring-3", cycles=1), InvalidValueError, "cycles = 1"),
        (lambda: Source("b.crn").network(), UnknownNameError, "unknown file or circuit"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused(asked: Verb, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        asked()


def test_the_figure_of_a_clock_is_that_of_its_command() -> None:
    printed("clock", "ring-3", "--cycles", "3", "--plot", "c.svg")
    assert app.clock("ring-3", cycles=3).picture("svg") == Path("c.svg").read_bytes()


LONG: dict[str, Callable[[Callable[[Status], None]], Any]] = {
    "simulate": lambda tell: app.simulate(Source("a.crn"), MOLECULES, on_status=tell),
    "certify": lambda tell: app.certify("minimal", CircuitOptions(inputs=1), on_status=tell),
    "clock": lambda tell: app.clock("ring-3", cycles=2, on_status=tell),
    "dna": lambda tell: app.dna(Source("a.crn"), DnaOptions(t_end=1.0), on_status=tell),
}


@pytest.mark.parametrize("verb", LONG)
def test_a_long_verb_tells_its_status_and_ends_where_that_raises(verb: str) -> None:
    told: list[Status] = []
    LONG[verb](told.append)
    assert told
    assert all(0 <= status.done <= status.total for status in told)

    def stop(status: Status) -> None:
        if status == told[-1]:
            raise CancelledError("enough")

    with pytest.raises(CancelledError, match="enough"):
        LONG[verb](stop)


def imports(path: Path) -> set[str]:
    """Return the packages that a file imports, also inside functions."""
    found = set[str]()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(str(node.module).split(".")[0])
    return found


def test_no_verb_knows_of_a_terminal() -> None:
    files = sorted(Path(str(app.__file__)).parent.glob("*.py"))
    assert len(files) > len(JSON)
    for path in files:
        assert imports(path).isdisjoint({"typer", "rich", "click"}), path.name
        calls = {
            ast.unparse(node.func)
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call)
        }
        assert calls.isdisjoint({"print", "input", "sys.exit", "exit"}), path.name


def test_importing_the_verbs_loads_neither_a_terminal_nor_what_they_compute_with() -> None:
    code = "import sys, neuralcrn.app; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"typer", "rich", "numba", "scipy", "matplotlib", "lark"}.isdisjoint(done.stdout.split())


def test_every_verb_is_exported() -> None:
    verbs = {path.stem for path in Path(str(app.__file__)).parent.glob("*.py")} - {"__init__"}
    modules = {name: importlib.import_module(f"neuralcrn.app.{name}") for name in verbs}
    own = {name for name, module in modules.items() if callable(getattr(module, name, None))}
    assert own <= set(app.__all__)
    assert "show" in own


TRIALS = app.RobustnessOptions(disturbances={"rates": (0.1,)}, seeds=2, epochs=1)
TRIAL_FILES = ("trials.csv", "robustness.json", "robustness.md", "robustness.png")


def cancel_at(done: int) -> Callable[[Status], None]:
    """Return what cancels a verb when so many of its parts are complete."""

    def cancel(status: Status) -> None:
        if status.done == done:
            raise CancelledError("enough")

    return cancel


def test_a_cancelled_sweep_goes_on_to_the_bytes_of_its_command() -> None:
    def sweep(**options: Any) -> app.Robustness:
        return app.robustness("quadratic", "bilinear", Path("parts"), TRIALS, processes=1, **options)

    with pytest.raises(CancelledError):
        sweep(on_status=cancel_at(2))
    kept = {path: path.stat().st_mtime_ns for path in Path("parts/trials").glob("*-*.json")}
    assert len(kept) == 2
    result = sweep()
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    words = ("robustness", "quadratic", "--task", "bilinear", "--disturbance", "rates=0.1", "--seeds", "2")
    shown = printed(*words, "--epochs", "1", "--jobs", "1", "--out", "whole", "--json")
    assert {**result.to_json(), "folder": "whole"} == json.loads(shown)
    for name in TRIAL_FILES:
        assert Path("parts", name).read_bytes() == Path("whole", name).read_bytes()
    assert str(result).splitlines()[-1] == str(Path("parts", "robustness.md"))


def without_seconds(report: dict[str, Any]) -> dict[str, Any]:
    rows = [{key: value for key, value in row.items() if key != "seconds"} for row in report["experiments"]]
    return {**report, "experiments": rows, "report": ""}


def test_a_cancelled_report_goes_on_to_the_numbers_of_its_command() -> None:
    def report(**options: Any) -> app.Reproduction:
        return app.reproduce(["linear-regression"], Path("parts"), seeds=2, processes=1, **options)

    with pytest.raises(CancelledError):
        report(on_status=cancel_at(1))
    assert not Path("parts", "report.html").exists()
    result = report()
    shown = printed(
        "reproduce", "linear-regression", "--seeds", "2", "--jobs", "1", "--out", "whole", "--json"
    )
    assert without_seconds(result.to_json()) == without_seconds(json.loads(shown))
    assert app.experiments() + "\n" == printed("reproduce", "--list")


UNTIMED = ("run", "seconds", "samples_per_second", "started")
TRAINING = app.TrainingOptions(epochs=3, seed=2, circuit_options={"learning_rate": 0.05})
TRAINING_WORDS = ("--epochs", "3", "--seed", "2", "--learning-rate", "0.05")


def test_a_cancelled_training_goes_on_to_the_bytes_of_its_command(capfd: pytest.CaptureFixture[str]) -> None:
    run = app.begin_run("linear-regression", Path("runs/parts"), TRAINING)
    with pytest.raises(CancelledError):
        app.train(run, on_status=cancel_at(1))
    (row,) = app.runs(Path("runs")).rows
    assert (row["status"], row["epochs"], row["planned"]) == ("interrupted", 1, 3)
    told: list[Status] = []
    trained = app.train(app.resume_run(Path("runs/parts")), image="svg", on_status=told.append)
    assert next(status.done for status in told if status.what == "epoch") == 1
    assert capfd.readouterr() == ("", "")
    shown = json.loads(
        printed("train", "linear-regression", *TRAINING_WORDS, "--out", "whole", "--figures", "svg", "--json")
    )
    own = json.loads(json.dumps(trained.to_json()))
    assert own.keys() == shown.keys()
    assert {key: own[key] for key in own if key not in UNTIMED} == {
        key: shown[key] for key in shown if key not in UNTIMED
    }
    assert run_results(Path("runs/parts")) == run_results(Path("whole"))
    figures = {path.name: path.read_bytes() for path in Path("whole/figures").iterdir()}
    assert figures == {path.name: path.read_bytes() for path in Path("runs/parts/figures").iterdir()} != {}
    assert f"{app.runs(Path('runs'))}\n" == printed("runs", "--in", "runs")
    assert app.runs(Path("runs")).to_json() == json.loads(printed("runs", "--in", "runs", "--json"))


def test_a_training_runs_on_the_executor_that_is_named() -> None:
    options = app.TrainingOptions(epochs=1, circuit="linear", executor="reference")
    trained = app.train(app.begin_run("linear-regression", Path("run"), options), image=None)
    words = ("--epochs", "1", "--circuit", "linear", "--no-figures", "--json")
    shown = [
        json.loads(printed("train", "linear-regression", *words, "--out", name, "--executor", name))
        for name in ("reference", "native")
    ]
    assert [row["executor"] for row in shown] == ["reference", "native"]
    assert trained.summary["train_loss"] == shown[0]["train_loss"] != shown[1]["train_loss"]
    assert trained.summary["train_loss"] == pytest.approx(shown[1]["train_loss"], rel=1e-3)
    assert (
        "omit executor"
        in CliRunner().invoke(commands, ["train", "--resume", "run", "--executor", "native"]).stderr
    )


def test_a_file_is_trained_and_predicted_as_by_its_commands() -> None:
    rows = [(i, i % 7, 2 * i + i % 7) for i in range(24)]
    Path("t.csv").write_text("a,b,y\n" + "".join(f"{a},{b},{y}\n" for a, b, y in rows))
    options = app.TrainingOptions(target="y", epochs=1, circuit="linear")
    run = app.begin_run("t.csv", Path("run"), options)
    app.train(run, image=None)
    assert not Path("run/figures").exists()
    words = ("--target", "y", "--epochs", "1", "--circuit", "linear", "--no-figures")
    printed("train", "t.csv", *words, "--out", "whole")
    assert run_results(Path("run")) == run_results(Path("whole"))
    predicted = app.predict(Path("run"), Path("t.csv"), target="")
    assert predicted.csv() == printed("predict", "run", "t.csv")
    assert predicted.score_text() + "\n" == printed("predict", "run", "t.csv", "--score")
    assert predicted.to_json() == json.loads(printed("predict", "run", "t.csv", "--score", "--json"))


@pytest.mark.parametrize(
    ("task", "options", "error", "words"),
    [
        ("xorr", {}, UnknownNameError, "did you mean 'xor'"),
        ("a.csv", {}, InvalidValueError, "column to predict"),
        ("xor", {"clock": "ring-5"}, InvalidValueError, "belongs to the level autonomous"),
        ("xor", {"level": "autonomous", "clock": "ring"}, UnknownNameError, "ring-5"),
        ("xor", {"rule": "exakt"}, InvalidValueError, "did you mean 'exact'"),
        ("xor", {"executor": "nativ"}, UnknownNameError, "did you mean 'native'"),
        ("xor", {"method": "sa"}, UnknownNameError, "ssa"),
    ],
)
def test_a_training_that_does_not_fit_together_leaves_nothing(
    task: str, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        app.begin_run(task, Path("run"), app.TrainingOptions(**options))
    assert not Path("run").exists()
