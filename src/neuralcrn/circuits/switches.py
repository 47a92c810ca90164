r"""Molecular switches with memory (Nurdin and Nijhuis, arXiv 2508.15451).

A switch has the forms Q and P, of the concentrations q and z, with z + q = 1:

::

    Q -> P  [a0]    U + Q -> U + P  [a1]
    P -> Q  [b0]    U + P -> U + Q  [b1]

so that :math:`dz/dt = a(u) (1 - z) - b(u) z` with :math:`a = a_0 + a_1 u` and b likewise. In a bank of
parallel switches, U is the input; in a cascade, a third of the switches have it, and every other one has the
form P of one of these.

The publication gives the equation of one switch, banks and cascades. Ours are the constants: time constants
are log-uniform in [0.7, 30], a0 + b0 is 0.3 of the rate, split in [0.1, 0.9], and either a1 or b1 is 2 of the
rate.
"""

from __future__ import annotations

import math
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from neuralcrn.circuits.bank import BankFamily
from neuralcrn.circuits.family import Options
from neuralcrn.circuits.initial import Distribution

Vector = NDArray[np.float64]

_TIMES = (0.7, 30.0)
"""Range of the time constants."""
_SPONTANEOUS, _SPLIT, _DRIVEN = 0.3, (0.1, 0.9), 2.0
"""Sum of a0 and b0, range of the part of a0 in it, and a1 or b1, by the rate of a switch."""


def log_uniform_rates(rng: np.random.Generator, units: int) -> Vector:
    """Return inverse time constants that are log-uniform, shape (units,), 1 / time."""
    return np.exp(-rng.uniform(math.log(_TIMES[0]), math.log(_TIMES[1]), units))


def _rates(rng: np.random.Generator, units: int) -> tuple[Vector, Vector]:
    """Return p0 = a0 and p1 = a1, and r0 = a0 + b0 and r1 = a1 + b1."""
    rates = log_uniform_rates(rng, units)
    split, up = rng.uniform(*_SPLIT, units), rng.random(units) < 0.5
    production = rates * np.array([_SPONTANEOUS * split, _DRIVEN * up])
    return production, rates * np.array([np.full(units, _SPONTANEOUS), np.full(units, _DRIVEN)])


BANK_DEFAULTS = Options(
    hidden=50, rule="recursive-least-squares", trained_readout=True, update="direct", learning_rate=1.0
)
BANK_INITIAL = MappingProxyType({"w": Distribution("constant", 0.0), "b": Distribution("constant", 0.0)})
_EQUATION = "(a0 + a1*u)*(1 - z) - (b0 + b1*u)*z"

SWITCHES = BankFamily(
    name="switches",
    summary="a cascade of molecular switches whose states persist, for time series; the readout is learned",
    represents="Functions of recent inputs: sums of nonlinear functions with fading memory.",
    equation=_EQUATION,
    rates=_rates,
    cascaded=True,
    two_forms=True,
    defaults=BANK_DEFAULTS,
    initial=BANK_INITIAL,
)

PARALLEL_SWITCHES = BankFamily(
    name="parallel-switches",
    summary="molecular switches, all of which are driven by the input; the readout is learned",
    represents="As switches, with fewer nonlinear functions.",
    equation=_EQUATION,
    rates=_rates,
    cascaded=False,
    two_forms=True,
    defaults=BANK_DEFAULTS,
    initial=BANK_INITIAL,
)
