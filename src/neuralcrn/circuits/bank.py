r"""Banks of units with memory: fixed rate constants, and a linear readout that is learned.

A unit has the state z and a drive d, which is an input or the state of another unit:

.. math:: dz/dt = p_0 + p_1 d - (r_0 + r_1 d) z

It is linear in its state, so there is a closed form for a drive that is constant for some time, and two
states approach each other by :math:`\exp(-\int r_0 + r_1 d\, dt)`: a unit forgets. Switches and synapses are
such units.

Centre and gain of the readout are mean and inverse deviation of the states for a random input, computed when
the circuit is made; they are rate constants (`neuralcrn.compiler.rules.least_squares`). In a new pot, the
states are at their centres.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.algebra import Polynomial, SignedSystem, Variable, elements_of
from neuralcrn.circuits.family import Family, Options
from neuralcrn.circuits.initial import Distribution
from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.readout import Readout
from neuralcrn.errors import InvalidValueError

Vector = NDArray[np.float64]

_WAITED, _MEASURED = 100, 400
"""Steps of the random input before and during the measurement of mean and deviation."""
_FIRST = 3
"""In a cascade, one in this number of units is driven by an input."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """Rate constants of units, and what drives them.

    Attributes
    ----------
    production, removal : ndarray, shape (2, units), rate constants
        p0 and p1; r0 and r1.
    drivers : ndarray of int, shape (units,)
        The unit that drives a unit, or -1 - i for input i.
    """

    production: Vector
    removal: Vector
    drivers: NDArray[np.int64]

    def step(self, states: Vector, inputs: Vector, duration: float) -> Vector:
        """Return the states after inputs that were constant for some time, shape (units,).

        It is exact for units that inputs drive. For the others, the mean of their driver before and after is
        used.

        Examples
        --------
        >>> bank = Bank(np.array([[0.1], [0.2]]), np.array([[0.1], [0.9]]), np.array([-1]))
        >>> bank.step(np.array([1.0]), np.array([1.0]), 1e3).round(6)
        array([0.3])
        """
        first = self.drivers < 0
        drive = np.zeros(len(states))
        drive[first] = inputs[-1 - self.drivers[first]]
        moved = self._moved(states, drive, duration)
        drive[~first] = (states + moved)[self.drivers[~first]] / 2.0
        return self._moved(states, drive, duration)

    def _moved(self, states: Vector, drive: Vector, duration: float) -> Vector:
        rate = self.removal[0] + self.removal[1] * drive
        rest = (self.production[0] + self.production[1] * drive) / rate
        return rest + (states - rest) * np.exp(-rate * duration)

    def scales(
        self, rng: np.random.Generator, inputs: int, duration: float
    ) -> tuple[tuple[float, float], ...]:
        """Return mean and inverse deviation of every state for inputs that are uniform in [0, 1]."""
        states, seen = np.zeros(len(self.drivers)), list[Vector]()
        for _ in range(_WAITED + _MEASURED):
            states = self.step(states, rng.random(inputs), duration)
            seen.append(states)
        measured = np.array(seen[_WAITED:])
        gains = 1.0 / measured.std(axis=0)
        return tuple(zip(measured.mean(axis=0).tolist(), gains.tolist(), strict=True))

    def system(self, inputs: int, *, two_forms: bool) -> SignedSystem:
        """Return the equations of the states; with two forms, z is converted from and to q = 1 - z."""
        count = len(self.drivers)
        x, z, q = (elements_of(name, size) for name, size in (("x", inputs), ("z", count), ("q", count)))
        flows: list[Polynomial] = []
        for i, driver in enumerate(self.drivers.tolist()):
            drive = Polynomial.of(z[driver] if driver >= 0 else x[-1 - driver])
            made, removed = (_affine(rates[:, i], drive) for rates in (self.production, self.removal))
            state = Polynomial.of(z[i])
            # p - r z = p (1 - z) - (r - p) z
            flows.append(
                made * Polynomial.of(q[i]) - (removed - made) * state if two_forms else made - removed * state
            )
        equations = [*zip(z, flows, strict=True)]
        if two_forms:
            equations += zip(q, (-f for f in flows), strict=True)
        return SignedSystem(tuple(equations), x, (), frozenset({"x", *(s.name for s, _ in equations)}))


def _affine(rates: Vector, drive: Polynomial) -> Polynomial:
    """Return the first rate plus the second one times the drive, without terms that are rounding errors."""
    constant, factor = rates.tolist()
    return Polynomial.constant(constant) + drive * factor


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class BankFamily(Family):
    """Units with memory and a trained readout.

    Attributes
    ----------
    name, summary, represents, defaults, initial, formula
        See `Family`.
    rates : callable (Generator, int) -> (production, removal)
        Draws the rate constants of a number of units, see `Bank`.
    cascaded : bool
        Whether most units are driven by other units.
    two_forms : bool
        Whether a unit is one molecule with two forms.
    """

    name: str
    summary: str
    represents: str
    equation: str
    rates: Callable[[np.random.Generator, int], tuple[Vector, Vector]]
    cascaded: bool
    two_forms: bool
    defaults: Options
    initial: Mapping[str, Distribution]

    @property
    def formula(self) -> str:
        """The equation of a unit."""
        return f"dz/dt = {self.equation}"

    def build(self, inputs: int, options: Options) -> Circuit:
        """Return the circuit of this family with a number of inputs; see `Family.build`."""
        self.check(inputs, options)
        self.check_layer_options(options)
        count = options.hidden
        if not isinstance(count, int) or count < inputs:
            raise InvalidValueError(
                f"circuit {self.name}: hidden = {count}: give one number of units, at least that of the "
                f"{inputs} inputs"
            )
        if not options.non_negative:
            raise InvalidValueError(
                f"circuit {self.name}: its units are driven by concentrations, so inputs cannot be negative: "
                "scale them into [0, 1], or choose another circuit"
            )
        rng = np.random.default_rng(options.fixed_seed)
        bank = self._drawn(rng, count, inputs)
        self._check_horizon(bank, options.horizon)
        scales = bank.scales(rng, inputs, options.horizon)
        resting = {Variable("z", (i,)): centre for i, (centre, _) in enumerate(scales)}
        if self.two_forms:
            resting |= {Variable("q", z.index): 1.0 - centre for z, centre in resting.items()}
        constants: dict[str, Any] = {**options.constants(), "augmentation": 0.0}
        return Circuit(
            name=self.name,
            system=bank.system(inputs, two_forms=self.two_forms),
            features=inputs,
            readout=Readout(options.outputs, trained=True, bias=True, states="z", scales=scales),
            starts_at_input=False,
            resting=resting,
            **constants,
        )

    def _check_horizon(self, bank: Bank, horizon: float) -> None:
        """Reject steps in which the slowest unit does not relax before its mean is measured."""
        relaxation = float((1.0 / bank.removal[0]).max())
        if relaxation > _WAITED * horizon:
            raise InvalidValueError(
                f"circuit {self.name}: horizon = {horizon:g}: the slowest unit relaxes in {relaxation:.3g}, "
                f"which must be at most {_WAITED} samples: give a horizon of at least "
                f"{math.ceil(1e3 * relaxation / _WAITED) / 1e3:g}"
            )

    def _drawn(self, rng: np.random.Generator, units: int, inputs: int) -> Bank:
        """Draw rate constants and drivers."""
        production, removal = self.rates(rng, units)
        first = max(inputs, -(-units // _FIRST)) if self.cascaded else units
        drivers = np.concatenate([-1 - np.arange(first) % inputs, rng.integers(0, first, units - first)])
        return Bank(production, removal, drivers)
