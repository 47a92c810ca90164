r"""Chemical and electrical synapses as banks of units with memory.

::

    chemical    dz/dt = -z/tau + w d (E - z)    d is a conductance, E - z the driving force
    electrical  dz/dt = -z/tau + w (d - z)      current through a resistance between d and z

The drive d of a third of the units is an input, and that of every other one is the state of one of these. A
chemical synapse changes the time constant of its target, so it is nonlinear in the drive; an electrical one
is a linear filter. Time constants tau are log-uniform in [0.7, 30], w is 2/tau, and E is uniform in [0.2, 1].

Both equations are standard models of neurons; the bank and its reactions are ours.
"""

from __future__ import annotations

import numpy as np

from neuralcrn.circuits.bank import BankFamily, Vector
from neuralcrn.circuits.switches import BANK_DEFAULTS, BANK_INITIAL, log_uniform_rates

_STRENGTH, _REVERSAL = 2.0, (0.2, 1.0)
"""w tau, and the range of E."""


def _chemical(rng: np.random.Generator, units: int) -> tuple[Vector, Vector]:
    rates = log_uniform_rates(rng, units)
    reversal = rng.uniform(*_REVERSAL, units)
    return rates * np.array([np.zeros(units), _STRENGTH * reversal]), np.array([rates, _STRENGTH * rates])


def _electrical(rng: np.random.Generator, units: int) -> tuple[Vector, Vector]:
    rates = log_uniform_rates(rng, units)
    return np.array([np.zeros(units), _STRENGTH * rates]), np.array([(1.0 + _STRENGTH) * rates, 0.0 * rates])


CHEMICAL_SYNAPSE = BankFamily(
    name="chemical-synapse",
    summary="a cascade of leaky states with conductances as drives, for time series; the readout is learned",
    represents="Functions of recent inputs: sums of nonlinear functions with fading memory.",
    equation="-z/tau + w*u*(E - z)",
    rates=_chemical,
    cascaded=True,
    two_forms=False,
    defaults=BANK_DEFAULTS,
    initial=BANK_INITIAL,
)

ELECTRICAL_SYNAPSE = BankFamily(
    name="electrical-synapse",
    summary="a cascade of linear filters, for time series; the readout is learned",
    represents="Linear functions of recent inputs.",
    equation="-z/tau + w*(u - z)",
    rates=_electrical,
    cascaded=True,
    two_forms=False,
    defaults=BANK_DEFAULTS,
    initial=BANK_INITIAL,
)
