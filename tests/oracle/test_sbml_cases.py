"""SBML written by others: the SBML Test Suite, its stochastic cases, published models, stiff problems."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.cases import CASES, case_folder, case_json, read_reference

from neuralcrn.engines import Outcome, Trajectory, simulate
from neuralcrn.formats import SbmlModel, read_sbml, read_sbml_model

INDEX = CASES / "sbml" / "index.json"
SUITE = {case["case"]: case for case in case_json(INDEX)["cases"]} if INDEX.is_file() else {}
STOCHASTIC = {
    "00001": "X -> 2 X [k = 0.1]\nX -> 0 [k = 0.11]\nX @initial 100",
    "00004": "X -> 2 X [k = 0.1]\nX -> 0 [k = 0.11]\nX @initial 10",
    "00007": "X -> 2 X [k = 0.1]\nX -> Sink [k = 0.11]\nX @initial 100",
    "00020": "0 -> X [k = 1]\nX -> 0 [k = 0.1]",
    "00030": "2 P -> P2 [k = 0.0005]\nP2 -> 2 P [k = 0.01]\nP @initial 100",
    "00037": "0 -> 5 X [k = 1]\nX -> 0 [k = 0.2]",
}
"""The models of the guide to these cases, in our convention, without the half of two P."""
MODELS = sorted(path.name for path in CASES.joinpath("models").glob("*") if path.is_dir())


def read_case(folder: Path) -> SbmlModel:
    (path,) = folder.glob("*.xml")
    return read_sbml_model(path.read_text(encoding="utf-8"), path.name)


def column(model: SbmlModel, run: Trajectory, case: dict[str, Any], name: str) -> np.ndarray:
    """Return what a case asks for: an amount, a concentration or a constant of the model."""
    if name not in model.network.index:
        return np.full(len(run.times), model.constants[name])
    states = model.amounts(run.values) if name in case["amount"] else model.concentrations(run.values)
    return states[:, model.network.index[name]]


@pytest.mark.parametrize("number", sorted(SUITE) or ["(absent)"])
def test_case_of_the_test_suite(number: str) -> None:
    folder = case_folder("sbml", "cases", number)
    case = SUITE[number]
    model = read_case(folder)
    times, columns = read_reference(folder / f"{number}-results.csv")
    run = simulate(model.network, times[-1] - times[0], times - times[0], rtol=1e-9)
    assert run.outcome == Outcome.SUCCESS
    assert columns
    for name, expected in columns.items():
        error = np.abs(column(model, run, case, name.strip()) - expected)
        if case["tier"] == 1:
            assert error.max() <= 1e-5 * (np.abs(expected).max() or 1.0), name
        assert (error <= case["absolute"] + case["relative"] * np.abs(expected)).all(), name


@pytest.mark.parametrize("number", STOCHASTIC)
def test_stochastic_case_is_read_as_its_guide_says(number: str) -> None:
    path = case_folder("dsmts", "cases", number) / f"{number}-sbml-l3v1.xml"
    model = read_sbml_model(path.read_text(encoding="utf-8"), path.name, discrete=True)
    assert str(model.network) == STOCHASTIC[number]
    assert model.unit == "amount"


@pytest.mark.parametrize("name", MODELS or ["(absent)"])
def test_published_model(name: str) -> None:
    folder = case_folder("models", name)
    meta, observables = case_json(folder / "meta.json"), case_json(folder / "model.json")["observables"]
    model = read_case(folder)
    times, columns = read_reference(folder / "reference.csv")
    run = simulate(model.network, meta["t_end"], times, rtol=1e-9, atol=1e-12)
    assert run.outcome == Outcome.SUCCESS
    states = model.amounts(run.values)
    weights = np.zeros((len(model.network.species), len(columns)))
    for i, observable in enumerate(columns):
        for species, weight in observables[observable].items():
            weights[model.network.index[species], i] = weight
    expected = np.array(list(columns.values())).T
    error = np.abs(states @ weights - expected).max(axis=0)
    assert (error <= meta["tolerance"] * np.abs(expected).max(axis=0)).all()


@pytest.mark.parametrize(("problem", "digits"), [("ROBER", 3.0), ("HIRES", 4.0)])
def test_stiff_problem(problem: str, digits: float) -> None:
    folder = case_folder("stiff", problem)
    data = case_json(folder.parent / "reference.json")["problems"][problem]
    network = read_sbml((folder / "model.xml").read_text(encoding="utf-8"))
    run = simulate(network, data["t_end"], [data["t_end"]], rtol=1e-6, atol=1e-16)
    errors = [abs(run[name][-1] / data["reference"][name] - 1.0) for name in data["compare"]]
    assert -np.log10(max(errors)) >= digits


_CELL = """
model m()
  compartment cell = {size}
  {kind} species E in cell, S in cell, ES in cell, P in cell
  E = {enzyme}; S = {substrate}; ES = 0; P = 0
  bind: E + S -> ES; {bind}
  free: ES -> E + S; {free}
  make: ES -> E + P; {make}
  kon = 1e6; koff = 0.5; kcat = 2
  unit substance = mole; unit volume = litre
end
"""
_AMOUNTS = {"kind": "substanceOnly", "bind": "kon*E*S/cell", "free": "koff*ES", "make": "kcat*ES"}
_CONCENTRATIONS = {"kind": "", "bind": "cell*kon*E*S", "free": "cell*koff*ES", "make": "cell*kcat*ES"}


@pytest.mark.parametrize("laws", [_AMOUNTS, _CONCENTRATIONS], ids=["amounts", "concentrations"])
@pytest.mark.parametrize("size", [1e-15, 1e-18])
def test_moles_in_the_volume_of_a_cell_agree_with_roadrunner(size: float, laws: dict[str, str]) -> None:
    """An enzyme at 10 nM and its substrate at 1 uM: 6 molecules and 600 of them in a femtolitre."""
    antimony, roadrunner = pytest.importorskip("antimony"), pytest.importorskip("roadrunner")
    unit = size if laws is _AMOUNTS else 1.0
    text = _CELL.format(size=size, enzyme=1e-8 * unit, substrate=1e-6 * unit, **laws)
    antimony.clearPreviousLoads()
    assert antimony.loadAntimonyString(text) >= 0, antimony.getLastError()
    sbml = antimony.getSBMLString("m")
    runner = roadrunner.RoadRunner(sbml)
    runner.integrator.relative_tolerance = 1e-10
    runner.integrator.absolute_tolerance = 1e-18 * size
    runner.timeCourseSelections = ["E", "S", "ES", "P"]  # amounts
    theirs = np.array(runner.simulate(0.0, 100.0, 51))
    model = read_sbml_model(sbml, "cell.xml")
    run = simulate(model.network, 100.0, np.linspace(0.0, 100.0, 51), rtol=1e-8)
    np.testing.assert_allclose(model.amounts(run.values) / theirs.max(axis=0), theirs / theirs.max(axis=0),
                               rtol=0, atol=1e-7)  # fmt: skip
