"""PEtab of both versions: read as the tables say, written so that it is read again, refused by place."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from neuralcrn.algebra import parse_expression
from neuralcrn.fitting import FitParameter, FitProblem, Prior
from neuralcrn.fitting.petab import read_petab
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
amount A sigma*(1+0.1*amount) log10 laplace
unused noiseParameter1_unused*B 1 lin normal
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
signal pulsed 0.5 1 2*k2 sigma
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
    assert amount.noise == parse_expression("sigma*(1+0.1*amount)")
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
    assert read.measurements[0].overrides == {"s": parse_expression("2*k2"), "sd": parse_expression("sigma")}
