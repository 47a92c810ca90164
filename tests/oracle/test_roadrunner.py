"""Phase networks in libRoadRunner, an independent simulator, against our engine."""

from __future__ import annotations

import numpy as np
import pytest

from neuralcrn.analysis import draw_samples, measure
from neuralcrn.analysis.roadrunner import final_concentrations
from neuralcrn.chemistry import parse_network
from neuralcrn.circuits import FAMILIES, make_circuit
from neuralcrn.engines.simulate import simulate
from neuralcrn.training.lowering import lower

pytest.importorskip("roadrunner")


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_phases_agree_with_the_engine(name: str) -> None:
    circuit = make_circuit(name, non_negative=False)
    (sample,) = draw_samples(circuit, 1, np.random.default_rng(2))
    for played in measure(lower(circuit.compile()), sample).phases:
        network = played.started
        trajectory = simulate(network, played.phase.duration, rtol=1e-9, atol=1e-13)
        ours = np.array([trajectory[species][-1] for species in network.species])
        other = final_concentrations(network, played.phase.duration)
        np.testing.assert_allclose(ours, other, rtol=0, atol=1e-5 * other.max(), err_msg=played.phase.name)


@pytest.mark.parametrize(
    ("text", "species", "expected"),
    [
        # both simulators could share a mistake, so three rate laws are checked against their solutions
        ("A -> B [k = 2]\nA @initial 3", "A", 3.0 * np.exp(-2.0)),
        ("2A -> 0 [k = 2]\nA @initial 3", "A", 3.0 / (1.0 + 2.0 * 2.0 * 3.0)),
        ("3A -> 2A [k = 2]\nA @initial 3", "A", 3.0 / np.sqrt(1.0 + 2.0 * 2.0 * 9.0)),
    ],
)
def test_rate_law_has_no_factorials(text: str, species: str, expected: float) -> None:
    network = parse_network(text)
    place = network.species.index(species)
    assert final_concentrations(network, 1.0)[place] == pytest.approx(expected, rel=1e-8)
    assert simulate(network, 1.0, rtol=1e-9)[species][-1] == pytest.approx(expected, rel=1e-7)
