"""PEtab of both versions: read as the tables say, written so that it is read again, refused by place."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from neuralcrn import app
from neuralcrn.algebra import parse_expression
from neuralcrn.chemistry import parse_parametric
from neuralcrn.errors import DataError, InvalidValueError, NeuralCRNError, NeuralCRNWarning
from neuralcrn.fitting import (
    Experiment,
    FitParameter,
    FitProblem,
    Measurement,
    Observable,
    Period,
    Prior,
)
from neuralcrn.fitting.petab import read_petab, write_petab
from neuralcrn.formats.antimony import antimony_to_sbml

MODEL = """
A -> B; k1*A*u; B -> A; k2*B; total := A + B
k1 = 0.3; k2 = 0.1; u = 1; A = a0; a0 = 1; B = 0
"""

FIRST = {
    "problem.yaml": """
format_version: 1
parameter_file: parameters.tsv
problems:
- sbml_files: [model.xml]
  condition_files: [conditions.tsv]
  observable_files: [observables.tsv]
  measurement_files: [measurements.tsv]
""",
    "parameters.tsv": """
parameterId parameterScale lowerBound upperBound nominalValue estimate objectivePriorType objectivePriorParameters
k1 log10 1e-3 1e3 0.5 1 parameterScaleNormal -0.3;0.2
k2 lin 0 10 0.2 1 laplace 0.1;0.5
a_high log 0.1 100 2 1 _ _
scale log10 1e-2 1e2 3 1 _ _
sigma log10 1e-3 1e1 0.1 0 _ _
offset lin -1 1 0.3 1 _ _
""",  # noqa: E501
    "conditions.tsv": """
conditionId a0 u B
rest 1 0 _
low 1 1 _
high a_high 2 0.25
""",
    "observables.tsv": """
observableId observableFormula noiseFormula observableTransformation noiseDistribution
signal scale*B/total+observableParameter1_signal noiseParameter1_signal lin normal
amount A sigma*(1+0.1*A) log10 laplace
unused observableParameter1_unused*B 1 lin normal
""",
    "measurements.tsv": """
observableId preequilibrationConditionId simulationConditionId measurement time observableParameters noiseParameters
signal _ low 0.5 1 0.1 sigma
signal rest high 0.75 2 offset 0.2
amount _ low 0.875 0 _ _
amount _ low 0.625 inf _ _
signal rest low 1.5 2 0.1 sigma
""",  # noqa: E501
}

SECOND = {
    "problem.yaml": """
format_version: 2.0.0
model_files: {model: {location: model.xml, language: sbml}}
parameter_files: [parameters.tsv]
condition_files: [conditions.tsv]
experiment_files: [experiments.tsv]
observable_files: [observables.tsv]
measurement_files: [measurements.tsv]
""",
    "parameters.tsv": """
parameterId lowerBound upperBound nominalValue estimate priorDistribution priorParameters
k1 1e-3 1e3 0.5 true log-normal -0.3;0.2
k2 0 10 0.2 true uniform 0;1
sigma _ _ 0.1 false _ _
""",
    "conditions.tsv": """
conditionId targetId targetValue
rest u 0
rest a0 1.5
drive u 2*k2
dose A A+0.5
""",
    "experiments.tsv": """
experimentId time conditionId
pulsed -inf rest
pulsed 0 drive
pulsed 4 dose
pulsed 4 rest
""",
    "observables.tsv": """
observableId observableFormula noiseFormula noiseDistribution observablePlaceholders noisePlaceholders
signal s*B+total sd log-normal s sd
""",
    "measurements.tsv": """
observableId experimentId measurement time observableParameters noiseParameters
signal pulsed 0.5 1 k2 sigma
signal _ 0.75 2 3 0.2
""",
}


def table(text: str) -> str:
    """Return a table of words as one of tabs; an underscore is a blank cell."""
    rows = (line.split() for line in text.strip().splitlines())
    return "".join("\t".join("" if cell == "_" else cell for cell in row) + "\n" for row in rows)


def problem(folder: Path, files: dict[str, str], model: str = MODEL, **changed: tuple[str, str]) -> Path:
    """Write a problem; a keyword replaces a text in the table of its name."""
    for name, text in files.items():
        if name.removesuffix(".tsv") in changed:
            old, new = changed[name.removesuffix(".tsv")]
            assert old in text
            text = text.replace(old, new)
        (folder / name).write_text(text if name.endswith("yaml") else table(text))
    (folder / "model.xml").write_text(antimony_to_sbml(model, "model"))
    return folder / "problem.yaml"


def test_first_version(tmp_path: Path) -> None:
    read = read_petab(problem(tmp_path, FIRST))
    assert isinstance(read, FitProblem)
    k1, k2, high, scale, sigma, offset = read.parameters
    assert k1 == FitParameter(
        "k1", 0.5, 1e-3, 1e3, "log10", True, Prior("normal", -0.3, 0.2, "log10", "log10")
    )
    assert k2.prior == Prior("laplace", 0.1, 0.5)
    assert (high.scale, scale.nominal, sigma.estimated, offset.lower) == ("log", 3.0, False, -1.0)
    assert read.network.nominal == (0.5, 0.2, 1.0, 1.0)
    low, high_after_rest, low_after_rest = read.experiments
    assert [e.name for e in read.experiments] == ["low", "high", "rest__low"]
    assert [period.start for period in high_after_rest.periods] == [-math.inf, 0.0]
    before, after = high_after_rest.periods
    assert {name: str(value) for name, value in before.parameters.items()} == {"a0": "1", "u": "0"}
    assert {name: str(value) for name, value in after.parameters.items()} == {"a0": "a_high", "u": "2"}
    assert {name: str(value) for name, value in after.state.items()} == {"B": "0.25"}
    assert len(low.periods) == 1
    assert len(low_after_rest.periods) == 2


def test_observables_of_the_first_version(tmp_path: Path) -> None:
    read = read_petab(problem(tmp_path, FIRST))
    signal, amount, unused = read.observables
    names = {"A": 1.0, "B": 3.0, "scale": 2.0, "observableParameter1_signal": 0.5}
    assert signal.formula.evaluate(names) == pytest.approx(2.0)
    assert (amount.transformation, amount.distribution) == ("log10", "laplace")
    assert amount.noise == parse_expression("sigma*(1+0.1*A)")
    assert unused.name == "unused"
    first, second, *_, steady, _ = read.measurements
    assert first.overrides == {
        "observableParameter1_signal": parse_expression("0.1"),
        "noiseParameter1_signal": parse_expression("sigma"),
    }
    assert (second.value, second.place.endswith("measurements.tsv: row 3")) == (0.75, True)
    assert steady.time == math.inf


def test_second_version(tmp_path: Path) -> None:
    read = read_petab(problem(tmp_path, SECOND))
    k1, k2, sigma = read.parameters
    assert k1.prior == Prior("normal", -0.3, 0.2, "log", "lin")
    assert (k1.scale, k2.scale, sigma.estimated) == ("log10", "lin", False)
    pulsed, default = read.experiments
    assert [period.start for period in pulsed.periods] == [-math.inf, 0.0, 4.0]
    rest, drive, dose = pulsed.periods
    assert str(drive.parameters["u"]) == "2*k2"
    assert {**rest.parameters} == {"u": parse_expression("0"), "a0": parse_expression("1.5")}
    assert dose.state == {"A": parse_expression("A + 0.5")}
    assert dose.parameters == rest.parameters
    assert len(default.periods) == 1
    (signal,) = read.observables
    assert (signal.transformation, signal.distribution) == ("log", "normal")
    assert signal.formula == parse_expression("s*B + A + B")
    assert read.measurements[0].overrides == {"s": parse_expression("k2"), "sd": parse_expression("sigma")}


def contents(problem: FitProblem) -> FitProblem:
    """Return a problem without its name and the places of its measurements."""
    return replace(problem, name="", measurements=tuple(replace(m, place="") for m in problem.measurements))


@pytest.mark.parametrize(("files", "version"), [(FIRST, 1), (SECOND, 2)])
def test_what_is_written_is_read_as_the_same_problem(
    files: dict[str, str], version: int, tmp_path: Path
) -> None:
    read = read_petab(problem(tmp_path, files))
    written = write_petab(read, tmp_path / "written", version=version)  # type: ignore[arg-type]
    assert contents(read_petab(written)) == contents(read)
    assert read_petab(written).name == "written"


def test_the_second_version_has_natural_logarithms_and_no_scales(tmp_path: Path) -> None:
    read = read_petab(problem(tmp_path, FIRST, parameters=("parameterScaleNormal", "normal")))
    again = read_petab(write_petab(read, tmp_path / "written"))
    amount, same = read.observable("amount"), again.observable("amount")
    names = {"sigma": 0.1, "A": 2.0}
    assert (same.transformation, same.distribution) == ("log", "laplace")
    assert same.noise.evaluate(names) == pytest.approx(math.log(10.0) * amount.noise.evaluate(names))
    assert [p.scale for p in again.parameters] == ["log10", "lin", "log10", "log10", "log10", "lin"]
    assert again.experiments == read.experiments


@pytest.mark.parametrize(
    ("files", "version", "message"),
    [
        (FIRST, 2, "parameter k1: version 2 of PEtab has no prior"),
        (SECOND, 1, "experiment pulsed: starts at -inf, 0, 4: version 1 of PEtab"),
        (SECOND, 3, "version = 3: versions 1 and 2"),
    ],
)
def test_what_a_version_cannot_express_is_named(
    files: dict[str, str], version: int, message: str, tmp_path: Path
) -> None:
    read = read_petab(problem(tmp_path, files))
    with pytest.raises((DataError, InvalidValueError), match=message):
        write_petab(read, tmp_path / "written", version=version)  # type: ignore[arg-type]
    assert not (tmp_path / "written").exists()


def small(name: str = "first", value: str = "2", overrides: dict[str, str] | None = None) -> FitProblem:
    network = parse_parametric("parameter k = 1\nparameter u = 1\nA -> B [k = k]\nA @initial 1")
    network = replace(network, rates=(parse_expression("k*u"),))
    given = {name: parse_expression(text) for name, text in (overrides or {"sd": "0.1"}).items()}
    return FitProblem(
        network,
        (FitParameter("k", 1.0, 0.01, 100.0),),
        (Observable.of("B", "B", "sd"),),
        (Experiment(name, (Period.of(0.0, {"u": value}),)),),
        (Measurement("B", name, 1.0, 0.6, given),),
    )


def test_noise_proportional_to_the_observable_is_written_in_both_versions(tmp_path: Path) -> None:
    plain = small(value="1")
    measured = (replace(plain.measurements[0], observable="y"),)
    noisy = replace(plain, observables=(Observable.of("y", "2*B", "sd*y"),), measurements=measured)
    first = read_petab(write_petab(noisy, tmp_path / "first", version=1)).observable("y")
    second = read_petab(write_petab(noisy, tmp_path / "second")).observable("y")
    assert first.noise == parse_expression("noiseParameter1_y*2*B")
    assert second.noise == parse_expression("sd*y")


def test_names_and_formulas_that_petab_lacks_are_refused(tmp_path: Path) -> None:
    for made, version, message in (
        (small("first dose"), 2, "experiment 'first dose': names in PEtab"),
        (small(value="2*k"), 1, "experiment first: 2.k: PEtab has a number"),
        (small(overrides={"sd": "0.1*k"}), 2, "measurement of B at 1: 0.1.k: PEtab has a number"),
    ):
        with pytest.raises(DataError, match=message):
            write_petab(made, tmp_path, version=version)  # type: ignore[arg-type]
    everywhere = small()
    both = replace(
        everywhere, parameters=(*everywhere.parameters, FitParameter("u", 1.0, 0.1, 10.0, estimated=False))
    )
    with pytest.raises(DataError, match="parameter u: an experiment changes it"):
        write_petab(both, tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(InvalidValueError, match="the folder cannot be created"):
        write_petab(small(), tmp_path / "taken")


HILL = "A -> B; k1*u*A/(k2 + A); total := A + B; k1 = 1; k2 = 1; u = 1; a0 = 1; A = a0; B = 0"
SWITCHED = MODEL.replace("k1*A*u", "k1*A*piecewise(u, time < k2, 0)")
DRIVEN = MODEL.replace("k1*A*u", "k1*A*exp(-u*time)")


@pytest.mark.parametrize(
    ("files", "model", "changed", "message"),
    [
        (FIRST, HILL, {}, "model.xml:.* a divisor depends on species A"),
        (FIRST, SWITCHED, {}, "model.xml: experiment low: k2 decides when an event happens"),
        (FIRST, DRIVEN, {}, "experiment high: the model depends on the time"),
        (
            FIRST,
            MODEL,
            {"measurements": ("signal _ low", "signl _ low")},
            "row 2: unknown observable 'signl'",
        ),
        (
            FIRST,
            MODEL,
            {"measurements": ("0.1 sigma", "_ sigma")},
            r"row 2, .*observableParameters.*: 0 values",
        ),
        (
            FIRST,
            MODEL,
            {"measurements": ("0.1 sigma", "0.1 sgma")},
            "row 2: unknown name in a formula 'sgma'",
        ),
        (
            FIRST,
            MODEL,
            {"measurements": ("_ low 0.5", "_ low half")},
            r"row 2, column 4 .*'half' is not a number",
        ),
        (FIRST, MODEL, {"measurements": ("_ low 0.5", "_ low nan")}, "row 2, column 4 .*the cell is blank"),
        (FIRST, MODEL, {"measurements": ("rest high", "rst high")}, r"row 3, .*'rst': did you mean 'rest'"),
        (FIRST, MODEL, {"observables": ("scale*B", "scale*C")}, r"row 2, .*observableFormula.*'C'"),
        (
            FIRST,
            MODEL,
            {"observables": ("scale*B/total", "scale*(B/total")},
            "row 2, .*observableFormula.*formula:1:",
        ),
        (FIRST, MODEL, {"observables": ("laplace", "gauss")}, r"row 3, column 5 .*'gauss' is not supported"),
        (
            FIRST,
            MODEL,
            {"conditions": (" u ", " w ")},
            r"row \d, column 3 .*unknown parameter or species of the model 'w'",
        ),
        (
            FIRST,
            MODEL,
            {"conditions": ("a_high 2", "b_high 2")},
            r"row 4, column 2 .*'b_high': did you mean 'a_high'",
        ),
        (FIRST, MODEL, {"conditions": ("low 1", "rest 1")}, "row 3, .*'rest' is given twice, see row 2"),
        (
            FIRST,
            MODEL,
            {"parameters": ("k2 lin 0 10", "k2 lin 10 0")},
            r"row 3, .*parameter k2: bounds 10 to 0",
        ),
        (FIRST, MODEL, {"parameters": ("laplace", "cauchy")}, r"row 3, .*'cauchy' is not supported"),
        (FIRST, MODEL, {"parameters": ("0.1;0.5", "0.1")}, r"row 3, .*give 2 numbers separated by ';'"),
        (
            FIRST,
            MODEL,
            {"parameters": ("estimate", "estimated")},
            r"row 1 \(the header\) lacks column 'estimate'",
        ),
        (
            FIRST,
            MODEL,
            {"problem.yaml": ("[model.xml]", "[modl.xml]")},
            "problem.yaml: sbml_files: there is no file",
        ),
        (FIRST, MODEL, {"problem.yaml": ("[model.xml]", "[model.xml, model.xml]")}, "problem.yaml: 2 models"),
        (FIRST, MODEL, {"problem.yaml": ("version: 1", "version: 3")}, "format_version is '3'"),
        (FIRST, MODEL, {"problem.yaml": ("problems:", "problems: [")}, r"problem.yaml:\d+:\d+: not YAML"),
        (SECOND, MODEL, {"problem.yaml": ("language: sbml", "language: bngl")}, "language 'bngl'"),
        (
            SECOND,
            MODEL,
            {"experiments": ("0 drive", "0 drve")},
            "row 3, .*unknown condition 'drve': did you mean 'drive'",
        ),
        (SECOND, MODEL, {"experiments": ("4 rest", "4 dose")}, "row 5, .*a second condition changes A"),
        (
            SECOND,
            MODEL,
            {"conditions": ("rest u", "rest w")},
            "row 2, column 2 .*unknown parameter or species .*'w'",
        ),
        (
            SECOND,
            MODEL,
            {"measurements": ("k2 sigma", "k2;1 sigma")},
            "row 2, .*2 values for 1 placeholders",
        ),
        (SECOND, MODEL, {"parameters": ("uniform 0;1", "cauchy 0;1")}, "row 3, .*'cauchy' is not supported"),
    ],
)
def test_errors_name_the_place(
    files: dict[str, str], model: str, changed: dict[str, tuple[str, str]], message: str, tmp_path: Path
) -> None:
    path = problem(tmp_path, files, model, **changed)
    with pytest.raises(NeuralCRNError, match=message):
        read_petab(path)


def test_a_range_of_starts_is_read_and_other_distributions_of_starts_are_warned_about(tmp_path: Path) -> None:
    columns = (
        "objectivePriorType objectivePriorParameters",
        "initializationPriorType initializationPriorParameters",
    )
    uniform = dict(FIRST, **{"parameters.tsv": FIRST["parameters.tsv"].replace(*columns)})
    text = uniform["parameters.tsv"].replace("parameterScaleNormal -0.3;0.2", "parameterScaleUniform -1;1")
    k1 = read_petab(
        problem(tmp_path, dict(uniform, **{"parameters.tsv": text.replace("laplace", "uniform")}))
    ).parameters[0]
    assert (k1.prior, k1.start) == (None, (0.1, 10.0))
    with pytest.warns(NeuralCRNWarning, match="row 3: initializationPriorType is not uniform"):
        read_petab(problem(tmp_path, dict(uniform, **{"parameters.tsv": text})))


def test_species_have_the_units_of_the_model(tmp_path: Path) -> None:
    volumes = "compartment cell = 2, nucleus = 0.5; species A in cell, B in nucleus" + MODEL.replace(
        "k1*A*u", "cell*k1*A*u"
    ).replace("k2*B", "nucleus*k2*B")
    read = read_petab(problem(tmp_path, FIRST, volumes))  # states are amounts
    high = next(experiment for experiment in read.experiments if experiment.name == "high")
    assert float(high.periods[1].state["B"].evaluate({})) == 0.25 * 0.5
    assert read.observable("amount").formula.evaluate({"A": 3.0}) == 1.5


def test_noise_may_depend_on_another_observable(tmp_path: Path) -> None:
    read = read_petab(problem(tmp_path, FIRST, observables=("*B 1 lin", "*B 0.1*amount lin")))
    assert read.observable("unused").noise == parse_expression("0.1*A")


def test_rows_may_lack_their_last_cells_and_have_no_others(tmp_path: Path) -> None:
    path = problem(tmp_path, FIRST)
    table = tmp_path / "conditions.tsv"
    table.write_text(table.read_text().replace("low\t1\t1\t\n", "low\t1\t1\n"))
    assert contents(read_petab(path)).experiments[0].name == "low"
    table.write_text(table.read_text().replace("low\t1\t1\n", "low\t1\t1\t0\t0\n"))
    with pytest.raises(DataError, match="row 3 has 5 cells, the header has 4"):
        read_petab(path)


def test_a_uniform_prior_that_covers_the_bounds_is_none(tmp_path: Path) -> None:
    read = read_petab(problem(tmp_path, SECOND, parameters=("uniform 0;1", "uniform 0;10")))
    assert read.parameters[1].prior is None
    narrow = read_petab(problem(tmp_path, SECOND)).parameters[1]
    assert narrow.prior == Prior("uniform", 0.0, 1.0)


def test_events_of_the_model_are_periods(tmp_path: Path) -> None:
    model = (
        MODEL.replace("k1*A*u", "k1*A*piecewise(u, time < off, 0)") + "off = 3; at (time >= 2): B = B + a0"
    )
    measurements = (
        FIRST["measurements.tsv"].replace("signal rest", "signal _").replace("_ low 0.5", "_ high 0.5")
    )
    read = read_petab(problem(tmp_path, dict(FIRST, **{"measurements.tsv": measurements}), model))
    high = next(experiment for experiment in read.experiments if experiment.name == "high")
    assert [period.start for period in high.periods] == [0.0, 2.0, 3.0]
    assert high.periods[1].state == {"B": parse_expression("B + a0")}
    switched = {str(value) for value in high.periods[2].state.values()}
    assert switched == {"0", "1"} or switched == {"0"}


DECAY = {
    "problem.yaml": FIRST["problem.yaml"],
    "parameters.tsv": """
parameterId parameterScale lowerBound upperBound nominalValue estimate
k log10 1e-3 1e3 5 1
start log10 1e-3 1e3 5 1
""",
    "conditions.tsv": """
conditionId a0
whole start
""",
    "observables.tsv": """
observableId observableFormula noiseFormula
y 2*A 0.1
""",
    "measurements.tsv": "observableId simulationConditionId measurement time\n"
    + "".join(f"y whole {6.0 * math.exp(-0.5 * t)!r} {t}\n" for t in range(4)),
}


def test_a_problem_is_fitted_from_its_yaml_file_and_written_again(tmp_path: Path) -> None:
    path = problem(tmp_path, DECAY, "A -> ; k*A; k = 1; A = a0; a0 = 1")
    search = app.SearchOptions(starts=2)
    fitted = app.fit(
        app.Source(str(path)), None, tmp_path / "fit", search=search, petab=tmp_path / "out", processes=1
    )
    assert fitted.result.values["k"] == pytest.approx(0.5, rel=1e-4)
    assert fitted.result.values["start"] == pytest.approx(3.0, rel=1e-4)
    assert contents(read_petab(tmp_path / "out" / "problem.yaml")) == contents(read_petab(path))


def test_a_problem_and_data_or_neither_are_refused(tmp_path: Path) -> None:
    path = problem(tmp_path, DECAY, "A -> ; k*A; k = 1; A = a0; a0 = 1")
    for source, data, message in (
        (path, tmp_path / "data.csv", "a PEtab problem has data"),
        (tmp_path / "model.xml", None, "a fit needs data"),
    ):
        with pytest.raises(InvalidValueError, match=message):
            app.fit(app.Source(str(source)), data, tmp_path / "fit")
