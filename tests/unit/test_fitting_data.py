"""Tables, options and the command of fits: what is read, and what bad input is told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from neuralcrn import app
from neuralcrn.chemistry import ParametricNetwork, parse_network, parse_parametric
from neuralcrn.cli.main import app as commands
from neuralcrn.engines import simulate
from neuralcrn.errors import DataError, InvalidValueError, NeuralCRNError, UnknownNameError
from neuralcrn.fitting import (
    DataRow,
    Experiment,
    FitOptions,
    FitParameter,
    FitProblem,
    Measurement,
    Observable,
    Period,
    Prior,
    make_problem,
    read_data,
)
from neuralcrn.fitting.notation import parse_bounds, parse_experiment, parse_observable
from neuralcrn.formats import find_format, network_text, read_network, read_sbml_parametric

DECAY = "A -> B [k = 2]\nB -> C [k = 0.5]\nA @initial 3\n"
NETWORK = ParametricNetwork.of(parse_network(DECAY))


def read(folder: Path, text: str) -> tuple[DataRow, ...]:
    path = folder / "data.csv"
    path.write_text(text)
    return read_data(path, ("A", "B", "C", "total"))


def test_both_kinds_of_tables_give_the_same_measurements(tmp_path: Path) -> None:
    wide = read(tmp_path, "time,condition,A,B\n0,x,3,\n1,x,2,1\n0,y,1,0.5\n")
    tidy = read(
        tmp_path,
        "species,time,value,condition\nA,0,3,x\nA,1,2,x\nB,1,1,x\nA,0,1,y\nB,0,0.5,y\nB,0.5,NA,y\n",
    )
    key = [(row.condition, row.name, row.time, row.value) for row in wide]
    assert sorted(key) == sorted((row.condition, row.name, row.time, row.value) for row in tidy)
    assert len(key) == 5


def test_the_size_of_the_noise_is_read_by_row(tmp_path: Path) -> None:
    rows = read(tmp_path, "observable,time,value,sigma\ntotal,1,3,0.5\nA,1,3,\n")
    assert [row.sigma for row in rows] == [0.5, None]
    problem = make_problem(NETWORK, rows, FitOptions(observables=("total=A+B",), sigma="0.1"))
    sizes = [float(m.overrides["sigma"].evaluate({})) for m in problem.measurements]
    assert sizes == [0.5, 0.1]
    with pytest.raises(DataError, match=r"row 3: the noise of A has no size: give sigma as a number"):
        make_problem(NETWORK, rows, FitOptions(observables=("total=A+B",)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("time,A\n0,3\n2,1\n1,2\n", r"row 4, column 1 \('time'\): time 1 follows 2 of row 3: sort the rows"),
        ("time,species,value\n1,A,3\n0,A,1\n", r"row 3, column 1 \('time'\): time 0 follows 1 of row 2"),
        ("time,A,Bb\n0,3,1\n", r"row 1, column 3 \('Bb'\): unknown species 'Bb': did you mean 'B'\?"),
        ("time,species,value\n1,totl,3\n", r"row 2, column 2 .*unknown species 'totl': did you mean 'total'"),
        ("time,species,value\n1,A,three\n", r"row 2, column 3 \('value'\): 'three' is not a number"),
        ("time,species,value\n,A,3\n", r"row 2, column 1 \('time'\): '' is not a number"),
        ("t,A\n1,3\n", r"row 1 \(the header\) lacks column 'time'"),
        ("time,value\n1,3\n", r"row 1 \(the header\) lacks column 'species' or 'observable'"),
        ("time,A\n", "row 2: there are no measurements below the header"),
        ("time,species,value,sigma\n1,A,3,0\n", r"row 2, column 4 \('sigma'\): noise 0: give a positive"),
    ],
)
def test_tables_that_cannot_be_used_are_named_by_row_and_column(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, text)


ROWS = tuple(
    DataRow("B", "", t, 1.0 + t, None, f"data.csv: row {i}") for i, t in ((2, 1.0), (3, 2.0), (4, 3.0))
)


def test_defaults_of_parameters() -> None:
    problem = make_problem(NETWORK, ROWS, FitOptions(sigma="estimate"))
    by_name = {one.name: one for one in problem.estimated}
    assert list(by_name) == ["k1", "k2", "sigma_B"]
    assert (by_name["k1"].lower, by_name["k1"].upper, by_name["k1"].scale) == (2e-3, 2e3, "log10")
    assert (by_name["sigma_B"].nominal, by_name["sigma_B"].upper) == pytest.approx((0.4, 40.0))


def test_initial_values_and_new_names_are_estimated() -> None:
    options = FitOptions(
        free=("k2", "A_0", "C_0"),
        bounds=("C_0=0:1", "offset=-1:1"),
        observables=("B=gain*B+offset",),
        sigma="0.1",
    )
    rows = (*ROWS, *(DataRow("B", "", t, 1.0, None, "") for t in (4.0, 5.0)))
    problem = make_problem(NETWORK, rows, options)
    assert [(p.name, p.scale) for p in problem.estimated] == [
        ("k2", "log10"), ("A_0", "log10"), ("C_0", "lin"), ("gain", "log10"), ("offset", "lin"),
    ]  # fmt: skip
    assert problem.nominal["k1"] == 2.0
    assert problem.nominal["C_0"] == 0.0


def test_conditions_have_initial_values_parameters_and_doses() -> None:
    rows = tuple(DataRow("B", name, t, 1.0, None, "") for name in ("low", "high") for t in (1.0, 2.0))
    options = FitOptions(sigma="0.1", experiments=("low: A = 0.5, k1 = k1_low, A += dose@1.5",))
    problem = make_problem(NETWORK, rows, options)
    low, high = problem.experiments
    assert [period.start for period in low.periods] == [0.0, 1.5]
    assert str(low.periods[0].parameters["k1"]) == "k1_low"
    assert low.periods[1].state["A"].names == {"A", "dose"}
    assert high == Experiment("high")
    assert [p.name for p in problem.estimated] == ["k1", "k2", "k1_low", "dose"]


@pytest.mark.parametrize("name", ["net.crn", "net.json", "net.ant", "net.xml"])
def test_every_format_has_parameters(name: str) -> None:
    text = network_text(parse_network(DECAY), find_format(name).name)
    found = app.Source(name, text=text).parametric()
    free = [rate.names for rate in found.rates]
    assert [len(names) for names in free] == [1, 1]
    assert found.network.initial == (3.0, 0.0, 0.0)


def test_a_network_without_parameters_is_refused() -> None:
    constant = parse_parametric("parameter a = 1\nA -> B [k = 2]\nA @initial a")
    with pytest.raises(InvalidValueError, match="no parameter is estimated: name some as free"):
        make_problem(constant, ROWS, FitOptions(sigma="0.1"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (FitOptions(), "the noise of B has no size: give sigma as a number, as a formula, as 'estimate'"),
        (FitOptions(sigma="-1"), "sigma = -1: it must be positive"),
        (FitOptions(sigma="0.1", free=("k11",)), r"unknown parameter 'k11': did you mean 'k1'\?"),
        (FitOptions(sigma="0.1", bounds=("k3=1:2",)), "unknown estimated parameter 'k3'"),
        (FitOptions(sigma="0.1", free=("C_0",)), "parameter C_0 is 0 in the network: give its bounds"),
        (FitOptions(sigma="0.1", observables=("y=B",)), "unknown observable of the table 'y'"),
        (FitOptions(sigma="0.1", experiments=("low: A=1",)), "unknown condition of the table 'low'"),
        (FitOptions(sigma="0.1*s + 0.1*b + 0.1*c"), "3 measurements for 5 estimated parameters"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: FitOptions, message: str) -> None:
    with pytest.raises(NeuralCRNError, match=message):
        make_problem(NETWORK, ROWS, options)


def test_negative_values_under_log_normal_noise_are_named() -> None:
    rows = (*ROWS[:2], DataRow("B", "", 3.0, -0.5, None, "data.csv: row 4"))
    with pytest.raises(DataError, match=r"data.csv: row 4: B = -0.5: values must be positive where errors"):
        make_problem(NETWORK, rows, FitOptions(noise="log-normal", sigma="0.1"))
    with pytest.raises(UnknownNameError, match="unknown noise 'lognormal': did you mean 'log-normal'"):
        FitOptions(noise="lognormal")


@pytest.mark.parametrize(
    ("read_one", "text"),
    [
        (parse_observable, "scale*B"),
        (parse_bounds, "k1=1"),
        (parse_bounds, "k1=2:1"),
        (lambda text: parse_experiment(text, NETWORK), "A=1"),
        (lambda text: parse_experiment(text, NETWORK), "low: A"),
        (lambda text: parse_experiment(text, NETWORK), "low: A=1@-3"),
        (lambda text: parse_experiment(text, NETWORK), "low: k1+=1@3"),
    ],
)
def test_options_are_told_how_to_be_written(read_one, text: str) -> None:
    with pytest.raises(InvalidValueError, match=r"write|no species"):
        read_one(text)


def test_problems_are_checked() -> None:
    network = parse_parametric("parameter k = 1\nA -> B [k = k]\nA @initial 1")
    free, observable = (FitParameter("k", 1.0, 0.1, 10.0),), Observable.of("y", "B", 0.1)
    data = (Measurement("y", "e", 1.0, 0.5, place="table.csv: row 7"),)
    with pytest.raises(
        DataError, match=r"table.csv: row 7: unknown name in a formula 'BB': did you mean 'B'"
    ):
        FitProblem(network, free, (Observable.of("y", "BB", 0.1),), (Experiment("e"),), data)
    with pytest.raises(UnknownNameError, match="unknown parameter of the network 'kk'"):
        FitProblem(network, free, (observable,), (Experiment("e", (Period.of(0.0, {"kk": 1.0}),)),), data)
    with pytest.raises(DataError, match=r"row 7: time 1 of y: experiment e begins at 2"):
        FitProblem(network, free, (observable,), (Experiment("e", (Period.of(2.0),)),), data)
    with pytest.raises(InvalidValueError, match="parameter or species A is given 2 times"):
        FitProblem(network, (FitParameter("A", 1.0, 0.1, 10.0),), (observable,), (Experiment("e"),), data)
    with pytest.raises(InvalidValueError, match="a period at 1 follows one at 2"):
        Experiment("e", (Period.of(2.0), Period.of(1.0)))
    with pytest.raises(InvalidValueError, match="a logarithmic scale needs a positive one"):
        FitParameter("k", 1.0, 0.0, 10.0)
    with pytest.raises(InvalidValueError, match="bounds 3 to 2"):
        FitParameter("k", 1.0, 3.0, 2.0)
    with pytest.raises(InvalidValueError, match="the width must be positive"):
        Prior("normal", 0.0, 0.0)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a network and data."""
    monkeypatch.chdir(tmp_path)
    truth = parse_network(DECAY.replace("k = 2", "k = 0.9"))
    times = np.linspace(0.5, 6.0, 12)
    course, rng = simulate(truth, 6.0, times), np.random.default_rng(0)
    noisy = course.values + 0.02 * rng.standard_normal(course.values.shape)
    lines = [
        ",".join(map(repr, [time, *row])) for time, row in zip(times.tolist(), noisy.tolist(), strict=True)
    ]
    Path("data.csv").write_text("\n".join(["time,A,B,C", *lines]))
    Path("net.crn").write_text(DECAY)
    return tmp_path


def run(*arguments: str, status: int = 0) -> str:
    done = CliRunner().invoke(commands, ["fit", *arguments])
    assert done.exit_code == status, (done.stderr, done.exception)
    return done.stdout if status == 0 else done.stderr


def test_the_command_fits_and_writes_its_results(folder: Path) -> None:
    words = ("net.crn", "data.csv", "--sigma", "0.02", "--starts", "2", "--jobs", "1", "--out", "fitted.xml")
    text = run(*words)
    assert text.splitlines()[0].startswith("2 of 2 starts agree")
    rates = [reaction.rate for reaction in read_network("fitted.xml").reactions]
    assert rates == pytest.approx([0.9, 0.5], rel=0.05)
    kept_model = read_sbml_parametric(Path("fitted.xml").read_text()).network
    values = dict(zip(kept_model.parameters, kept_model.nominal, strict=True))
    assert [values["k1"], values["k2"]] == pytest.approx(rates)
    results = folder / "fit" / "net-data"
    names = {"fit.html", "fit.md", "fit.json", "fit.png"}
    assert names <= {path.name for path in results.iterdir()}
    assert (results / "fit.html").read_text().count("<svg") == 5  # three species, residuals, starts
    kept = {name: (results / name).read_bytes() for name in names}
    made = json.loads(run(*words, "--force", "--json"))
    assert {name: (results / name).read_bytes() for name in names} == kept
    assert [one["name"] for one in made["estimates"]] == ["k1", "k2"]
    assert made["label"] == "trained in silico"
    assert len(made["residuals"]) == 36


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("net.crn", "data.csv"), "the noise of A has no size"),
        (("net.crn", "none.csv", "--sigma", "1"), "none.csv: cannot be read"),
        (("none.crn", "data.csv", "--sigma", "1"), "unknown file or circuit 'none.crn'"),
        (("net.crn", "data.csv", "--sigma", "1", "--starts", "0"), "starts = 0"),
        (("law.xml", "data.csv", "--sigma", "1"), "law.xml"),
    ],
)
def test_the_command_reports_bad_input_in_one_line(
    folder: Path, words: tuple[str, ...], message: str
) -> None:
    Path("law.xml").write_text(
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"><model>'
        '<listOfCompartments><compartment id="c" size="1" constant="true"/></listOfCompartments>'
        "<listOfSpecies>"
        '<species id="A" compartment="c" initialConcentration="1" hasOnlySubstanceUnits="false" '
        'boundaryCondition="false" constant="false"/></listOfSpecies><listOfReactions><reaction id="R" '
        'reversible="false" fast="false"><listOfReactants><speciesReference species="A" stoichiometry="1" '
        'constant="true"/></listOfReactants><kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML">'
        "<apply><divide/><ci>A</ci><apply><plus/><cn>1</cn><ci>A</ci></apply></apply></math></kineticLaw>"
        "</reaction></listOfReactions></model></sbml>"
    )
    told = run(*words, status=2)
    assert message in told
    assert told.startswith("neuralcrn: ")
    assert "Traceback" not in told
