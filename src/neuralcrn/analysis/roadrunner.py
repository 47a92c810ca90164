"""The same networks in another simulator: libRoadRunner, through SBML."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Network
from neuralcrn.formats.sbml import write_sbml

RELATIVE_TOLERANCE = 1e-10
ABSOLUTE_TOLERANCE = 1e-14


def is_available() -> bool:
    """Tell whether libRoadRunner is installed (``pip install neuralcrn[test]``)."""
    return importlib.util.find_spec("roadrunner") is not None


def final_concentrations(network: Network, duration: float) -> NDArray[np.float64]:
    """Simulate a network in libRoadRunner from its initial concentrations.

    Parameters
    ----------
    network : Network
        It is handed over as SBML.
    duration : float, time
        End of the run.

    Returns
    -------
    ndarray, shape (species,)
        Concentrations at the end, in the network's order.
    """
    simulator: Any = importlib.import_module("roadrunner").RoadRunner(write_sbml(network))
    integrator = simulator.getIntegrator()
    integrator.setValue("relative_tolerance", RELATIVE_TOLERANCE)
    integrator.setValue("absolute_tolerance", ABSOLUTE_TOLERANCE)
    integrator.setValue("maximum_num_steps", 1_000_000)
    simulator.simulate(0.0, duration, 2)
    names = simulator.model.getFloatingSpeciesIds()
    values = dict(zip(names, simulator.model.getFloatingSpeciesConcentrations(), strict=True))
    return np.array([values[name] for name in network.species])
