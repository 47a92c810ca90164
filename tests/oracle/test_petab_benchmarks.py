"""Published fits of the PEtab benchmark collection: our objective is the published one.

The collection is not part of the package. These tests are skipped unless the environment variable names a
clone of it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import expm

from neuralcrn.chemistry import Network, net_stoichiometry
from neuralcrn.errors import NetworkError
from neuralcrn.fitting import Objective
from neuralcrn.fitting.petab import read_petab, write_petab
from neuralcrn.studies.reproduction.petab_benchmarks import (
    BENCHMARKS,
    COLLECTION,
    find_collection,
    published_objective,
    read_benchmark,
)

pytestmark = pytest.mark.skipif(find_collection() is None, reason=f"{COLLECTION} names no clone")
PUBLISHED = {benchmark.name: benchmark.published for benchmark in BENCHMARKS if benchmark.published}
REFUSED = {
    "Borghans_BiophysChem1997": "reaction v2_v_1: a divisor depends on species Z_state",
    "Elowitz_Nature2000": "reaction v13_v_12: the exponent 1.52255 of a species",
    "Oliveira_NatCommun2021": "t_1 decides when an event happens",
    "Perelson_Science1996": "reaction v3: the term 2.06 Vin of its law is not mass action",
}


def folder() -> Path:
    found = find_collection()
    assert found is not None
    return found


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_the_objective_at_the_published_parameters_is_the_published_one(name: str) -> None:
    here = published_objective(read_benchmark(folder(), name))
    assert here == pytest.approx(PUBLISHED[name], rel=1e-4)


@pytest.mark.parametrize("name", ["Boehm_JProteomeRes2014", "Fujita_SciSignal2010", "Zheng_PNAS2012"])
def test_it_is_the_same_after_writing_and_reading(name: str, tmp_path: Path) -> None:
    problem = read_benchmark(folder(), name)
    again = read_petab(write_petab(problem, tmp_path))
    assert published_objective(again) == pytest.approx(published_objective(problem), rel=1e-12)


def linear(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """Return the matrix and the inflow of a network of unimolecular reactions and inflows."""
    size, places = len(network.species), {name: i for i, name in enumerate(network.species)}
    matrix, inflow = np.zeros((size, size)), np.zeros(size)
    for reaction, change in zip(network.reactions, net_stoichiometry(network).T, strict=True):
        taken = reaction.reactants.terms
        assert not taken or (len(taken) == 1 and taken[0][1] == 1)
        if taken:
            matrix[:, places[taken[0][0]]] += change * reaction.rate
        else:
            inflow += change * reaction.rate
    return matrix, inflow


@pytest.mark.parametrize("shift", [0.0, 0.1])
def test_simulated_values_of_a_linear_model_are_those_of_matrix_exponentials(shift: float) -> None:
    problem = read_benchmark(folder(), "Zheng_PNAS2012")
    objective, rng = Objective.of(problem), np.random.default_rng(0)
    point = np.array([np.log10(parameter.nominal) for parameter in problem.estimated])
    point += shift * rng.standard_normal(len(point))
    values = objective.values(point)
    rates = {name: values[name] for name in problem.network.parameters if name in values}
    before, after = (problem.network.at({**rates, "dilution": dilution}) for dilution in (1.0, 0.0))
    matrix, inflow = linear(before)
    steady = np.linalg.solve(matrix, -inflow)
    extended = np.zeros((len(steady) + 1,) * 2)
    extended[:-1, :-1], extended[:-1, -1] = linear(after)
    expected = []
    for measurement in problem.measurements:
        state = expm(extended * measurement.time) @ np.append(steady, 1.0)
        names = dict(zip(after.species, state, strict=False))
        expected.append(float(problem.observable(measurement.observable).formula.evaluate(names)))
    assert objective.at(point).simulated == pytest.approx(expected, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_models_that_are_not_mass_action_are_refused_by_the_name_of_the_element(name: str) -> None:
    with pytest.raises(NetworkError, match=REFUSED[name]):
        read_benchmark(folder(), name)
