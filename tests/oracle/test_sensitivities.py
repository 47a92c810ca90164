"""Sensitivities against libRoadRunner: its own, by CVODES, and finite differences of its simulations."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest
from tests.cases import case_folder, case_json, parse_neutral

from neuralcrn.chemistry import Network, ParametricNetwork, parse_network
from neuralcrn.engines import simulate
from neuralcrn.formats import write_sbml
from neuralcrn.verify.roadrunner import final_concentrations

pytest.importorskip("roadrunner")

NETWORKS = {
    "reversible": (
        "A + B <-> C [kf = 2, kr = 0.5]\nC -> D [k = 1]\n2D -> A [k = 0.3]\nA @initial 1\nB @initial 2",
        5.0,
    ),
    "enzyme": (
        "E + S <-> ES [kf = 30, kr = 2]\nES -> E + P [k = 5]\nP -> S [k = 0.1]\nE @initial 0.1\nS @initial 1",
        20.0,
    ),
    "oscillating, third order": (
        "0 -> X [k = 1]\n2X + Y -> 3X [k = 1]\nX -> Y [k = 2.5]\nX -> 0 [k = 1]\nX @initial 1\nY @initial 1",
        15.0,
    ),
}
STIFF = ("ROBER", "HIRES")


def stiff(name: str) -> tuple[Network, float]:
    folder = case_folder("stiff")
    network = parse_neutral((folder / name / "model.crn").read_text(encoding="utf-8"))
    t_end = case_json(folder / "reference.json")["problems"][name]["t_end"]
    return network, min(float(t_end), 1e4)


@pytest.mark.parametrize("name", [*NETWORKS, *STIFF])
def test_rate_constants_agree_with_cvodes(name: str) -> None:
    network, t_end = stiff(name) if name in STIFF else (parse_network(NETWORKS[name][0]), NETWORKS[name][1])
    parametric = ParametricNetwork.of(network)
    rates = [parameter for parameter in parametric.parameters if not parameter.endswith("_0")]
    simulator: Any = importlib.import_module("roadrunner").RoadRunner(write_sbml(parametric))
    simulator.integrator.setValue("relative_tolerance", 1e-10)
    simulator.integrator.setValue("absolute_tolerance", 1e-16)
    times, theirs, parameters, species = simulator.timeSeriesSensitivities(0.0, t_end, 11, rates)
    run = simulate(parametric, t_end, times, rtol=1e-8, sensitivities=parameters)
    ours = run.sensitivities.values[:, [network.index[one] for one in species]].transpose(0, 2, 1)
    sizes = np.abs(theirs).max(axis=0)
    assert len(parameters) == len(rates)
    assert np.all(np.abs(ours - theirs) <= 1e-4 * sizes)  # the errors of theirs do not limit their steps


@pytest.mark.parametrize("name", NETWORKS)
def test_initial_values_agree_with_finite_differences(name: str) -> None:
    text, t_end = NETWORKS[name]
    network = parse_network(text)
    started = [one for one, value in zip(network.species, network.initial, strict=True) if value]
    run = simulate(network, t_end, [t_end], rtol=1e-9, sensitivities=[f"{one}_0" for one in started])
    for j, one in enumerate(started):
        value = network.initial_of(one)
        up, down = (
            final_concentrations(network.with_initial({one: value * (1.0 + e)}), t_end) for e in (1e-4, -1e-4)
        )
        differences = (up - down) / (2e-4 * value)
        ours = run.sensitivities.final[:, j]
        np.testing.assert_allclose(ours, differences, rtol=0, atol=1e-5 * np.abs(differences).max())
