"""What is written as PEtab is valid by the checks of the PEtab library, and its conversions are read equally.

The library is not a dependency of the tests, because it brings many packages; without it they are skipped.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from neuralcrn.algebra import parse_expression
from neuralcrn.chemistry import parse_parametric
from neuralcrn.fitting import Experiment, FitParameter, FitProblem, Measurement, Observable, Period, Prior
from neuralcrn.fitting.petab import read_petab, write_petab

pytest.importorskip("petab")
pytestmark = pytest.mark.filterwarnings("ignore")


def made(*, doses: bool) -> FitProblem:
    """Return a problem with noise, a prior, placeholders, a preequilibration, and doses if asked."""
    network = parse_parametric(
        "parameter k = 1\nparameter u = 1\nparameter m = 0.5\nA -> B [k = k]\nB -> A [k = m]\nA @initial 1"
    )
    network = replace(network, rates=(parse_expression("k*u"), *network.rates[1:]))
    equilibrated = Experiment("dosed", (Period.of(float("-inf"), {"u": 0.0}), Period.of(0.0, {"u": "k2"})))
    if doses:
        equilibrated = replace(equilibrated, periods=(*equilibrated.periods, Period.dose(2.0, {"A": "2*k2"})))
    return FitProblem(
        network,
        (
            FitParameter("k", 1.0, 0.01, 100.0, prior=Prior("normal", 0.0, 1.0, "log")),
            FitParameter("k2", 2.0, 0.1, 10.0),
            FitParameter("sd", 0.1, 1e-3, 10.0),
        ),
        (Observable.of("y", "s*B/(A + B)", "sd + 0.1*y", "log", "laplace"),),
        (Experiment("plain", (Period.of(0.0, {"u": 1.0}),)), equilibrated),
        tuple(
            Measurement("y", name, time, 0.4 + 0.1 * time, {"s": parse_expression(value)})
            for name, value in (("plain", "2"), ("dosed", "k2"))
            for time in (0.5, 1.0, 3.0)
        ),
    )


def test_the_first_version_is_valid(tmp_path: Path) -> None:
    import petab.v1

    written = write_petab(made(doses=False), tmp_path, version=1)
    assert not petab.v1.lint_problem(petab.v1.Problem.from_yaml(str(written)))


def test_its_conversion_to_the_second_version_is_read_as_the_same_problem(tmp_path: Path) -> None:
    from petab.v2.petab1to2 import petab1to2

    problem = made(doses=False)
    free = tuple(replace(parameter, prior=None) for parameter in problem.parameters)
    # the converter of petab 0.8 leaves out priors and distributions other than the normal one
    linear = tuple(
        replace(observable, transformation="lin", distribution="normal") for observable in problem.observables
    )
    written = write_petab(
        replace(problem, parameters=free, observables=linear), tmp_path / "first", version=1
    )
    petab1to2(written, tmp_path / "second")
    first, second = read_petab(written), read_petab(tmp_path / "second" / "problem.yaml")
    assert (second.network.rates, second.network.initial) == (first.network.rates, first.network.initial)
    assert second.parameters == first.parameters
    assert second.observables == first.observables
    ordered = [sorted((e.periods for e in problem.experiments), key=len) for problem in (first, second)]
    assert ordered[0] == ordered[1]


def test_the_second_version_is_valid(tmp_path: Path) -> None:
    import petab.v2

    written = write_petab(made(doses=True), tmp_path)
    assert not petab.v2.Problem.from_yaml(str(written)).validate().has_errors()
