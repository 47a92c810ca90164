"""Reference problems and published models, read from beside the repository where they are there."""

from __future__ import annotations

import numpy as np
import pytest
from tests.cases import CASES, case_folder, case_json, parse_neutral, read_reference

from neuralcrn.engines import Outcome, simulate

MODELS = sorted(path.name for path in CASES.joinpath("models").glob("*") if path.is_dir()) or ["(absent)"]


def correct_digits(problem: str, rtol: float) -> tuple[float, int]:
    """Return -log10 of the largest relative error at the end, and the steps that it took."""
    folder = case_folder("stiff", problem)
    data = case_json(folder.parent / "reference.json")["problems"][problem]
    network = parse_neutral((folder / "model.crn").read_text(encoding="utf-8"))
    result = simulate(network, data["t_end"], [data["t_end"]], rtol=rtol, atol=min(1e-12, 1e-10 * rtol))
    assert result.outcome == Outcome.SUCCESS
    errors = [abs(result[name][-1] / data["reference"][name] - 1.0) for name in data["compare"]]
    return -np.log10(max(errors)), result.steps


@pytest.mark.parametrize(("problem", "required"), [("ROBER", 3.0), ("HIRES", 4.0)])
def test_stiff_problems_reach_their_digits(problem: str, required: float) -> None:
    digits, steps = correct_digits(problem, 1e-6)
    assert digits >= required
    assert (digits, steps) == correct_digits(problem, 1e-6)
    assert steps < 1_000


@pytest.mark.parametrize("problem", ["ROBER", "HIRES"])
def test_stiff_problems_gain_digits_with_the_tolerance(problem: str) -> None:
    digits = [correct_digits(problem, rtol)[0] for rtol in (1e-4, 1e-6, 1e-8)]
    assert digits[0] < digits[1] < digits[2]


@pytest.mark.parametrize("model", MODELS)
def test_published_models_are_reproduced(model: str) -> None:
    folder = case_folder("models", model)
    meta, description = case_json(folder / "meta.json"), case_json(folder / "model.json")
    fixed = frozenset(species["id"] for species in description["species"] if species["fixed"])
    network = parse_neutral((folder / "model.crn").read_text(encoding="utf-8"), fixed)
    times, columns = read_reference(folder / "reference.csv")
    result = simulate(network, meta["t_end"], times, rtol=1e-9, atol=1e-12)
    assert result.outcome == Outcome.SUCCESS
    compared = 0
    for name, expected in columns.items():
        parts = description["observables"][name]
        known = {species: weight for species, weight in parts.items() if species in network.species}
        if len(known) < len(parts):  # a species that no reaction touches is not in the plain text
            assert np.ptp(expected) == 0.0
            continue
        ours = sum(
            (weight * result[species] for species, weight in known.items()), start=np.zeros(len(times))
        )
        assert np.abs(ours - expected).max() <= meta["tolerance"] * np.abs(expected).max(), name
        compared += 1
    assert compared >= meta["moving_observables"]
