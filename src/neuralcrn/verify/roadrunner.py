"""Simulation of networks in libRoadRunner, through SBML or Antimony."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Dosing, Network
from neuralcrn.formats.antimony import antimony_to_sbml, write_antimony
from neuralcrn.formats.sbml import write_sbml

RELATIVE_TOLERANCE = 1e-10
ABSOLUTE_TOLERANCE = 1e-14
"""Relative to the largest initial concentration."""


def is_available() -> bool:
    """Return whether libRoadRunner is installed (``pip install neuralcrn[test]``)."""
    return importlib.util.find_spec("roadrunner") is not None


def final_concentrations(
    network: Network, duration: float, *, doses: Iterable[Dosing] = (), through: str = "sbml"
) -> NDArray[np.float64]:
    """Simulate a network in libRoadRunner from its initial concentrations.

    Parameters
    ----------
    network : Network
        The network.
    duration : float, time
        End time.
    doses : iterable of Dosing
        Doses during the simulation.
    through : str
        Exchange format: ``sbml``, or ``antimony``, which is translated by libAntimony.

    Returns
    -------
    ndarray, shape (species,)
        Concentrations at the end, in the network's order.
    """
    if through == "antimony":
        document = antimony_to_sbml(write_antimony(network, doses=doses), "network")
    else:
        document = write_sbml(network, doses=doses)
    simulator: Any = importlib.import_module("roadrunner").RoadRunner(document)
    integrator = simulator.getIntegrator()
    integrator.setValue("relative_tolerance", RELATIVE_TOLERANCE)
    # A single number would be multiplied by the initial amount of each species, however small.
    largest = max(network.initial, default=0.0) or 1.0
    integrator.setValue("absolute_tolerance", [ABSOLUTE_TOLERANCE * largest] * len(network.species))
    integrator.setValue("maximum_num_steps", 1_000_000)
    simulator.simulate(0.0, duration, 2)
    names = simulator.model.getFloatingSpeciesIds()
    values = dict(zip(names, simulator.model.getFloatingSpeciesConcentrations(), strict=True))
    return np.array([values[name] for name in network.species])
