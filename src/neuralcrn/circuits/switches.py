r"""Molecular switches with memory, and a linear readout (Nurdin and Nijhuis, arXiv 2508.15451).

A switch has the forms Q and P, with z + q = 1 in a new pot:

::

    Q -> P  [a0]    U + Q -> U + P  [a1]
    P -> Q  [b0]    U + P -> U + Q  [b1]

so that :math:`dz/dt = a(u) (1 - z) - b(u) z` with :math:`a = a_0 + a_1 u` and b likewise: linear in the
state, nonlinear in the input. Two states approach each other by :math:`\exp(-\int a + b\, dt)`, so a switch
forgets. In a bank of parallel switches, U is the input; in a cascade, a third of the switches have it, and
every other one has the form P of one of these.

The publication gives the equation of one switch, banks and cascades. Ours are the constants: time constants
are log-uniform in [0.7, 30], a0 + b0 is 0.3 of the rate, split in [0.1, 0.9], and either a1 or b1 is 2 of the
rate. Centre and gain of the readout are mean and inverse deviation of the states for a random input, computed
when the circuit is made; they are rate constants (`neuralcrn.compiler.rules.least_squares`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.algebra import Polynomial, SignedSystem, elements_of
from neuralcrn.circuits.family import Family, Options
from neuralcrn.circuits.initial import Distribution
from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.readout import Readout
from neuralcrn.errors import InvalidValueError

Vector = NDArray[np.float64]

_TIMES = (0.7, 30.0)
"""Range of the time constants."""
_SPONTANEOUS, _SPLIT, _DRIVEN = 0.3, (0.1, 0.9), 2.0
"""Sum of a0 and b0, range of the part of a0 in it, and a1 or b1, by the rate of a switch."""
_WAITED, _MEASURED = 100, 400
"""Steps of the random input before and during the measurement of mean and deviation."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """Rate constants of switches, and what drives them.

    Attributes
    ----------
    spontaneous, driven : ndarray, shape (2, switches), 1 / time and 1 / (concentration time)
        a0 and b0; a1 and b1.
    drivers : ndarray of int, shape (switches,)
        The switch whose form P drives a switch, or -1 - i for input i.
    """

    spontaneous: Vector
    driven: Vector
    drivers: NDArray[np.int64]

    @classmethod
    def drawn(cls, rng: np.random.Generator, switches: int, inputs: int, *, cascaded: bool) -> Bank:
        """Draw a bank.

        Examples
        --------
        >>> Bank.drawn(np.random.default_rng(0), 4, 1, cascaded=False).drivers.tolist()
        [-1, -1, -1, -1]
        """
        rates = np.exp(-rng.uniform(math.log(_TIMES[0]), math.log(_TIMES[1]), switches))
        split, up = rng.uniform(*_SPLIT, switches), rng.random(switches) < 0.5
        first = max(inputs, -(-switches // 3)) if cascaded else switches
        drivers = np.concatenate([-1 - np.arange(first) % inputs, rng.integers(0, first, switches - first)])
        return cls(
            _SPONTANEOUS * rates * np.array([split, 1.0 - split]),
            _DRIVEN * rates * np.array([up, ~up]),
            drivers,
        )

    def step(self, states: Vector, inputs: Vector, duration: float) -> Vector:
        """Return the states after an input that was constant for some time, shape (switches,).

        It is exact for switches that the input drives. For the others, the mean of their driver before and
        after is used.

        Examples
        --------
        >>> bank = Bank(np.array([[0.1], [0.2]]), np.array([[0.0], [0.7]]), np.array([-1]))
        >>> bank.step(np.array([1.0]), np.array([1.0]), 1e3).round(6)
        array([0.1])
        """
        first = self.drivers < 0
        drive = np.empty(len(states))
        drive[first] = inputs[-1 - self.drivers[first]]
        drive[~first] = 0.0
        moved = self._moved(states, drive, duration)
        drive[~first] = (states + moved)[self.drivers[~first]] / 2.0
        return self._moved(states, drive, duration)

    def _moved(self, states: Vector, drive: Vector, duration: float) -> Vector:
        up, down = self.spontaneous + self.driven * drive
        rest = up / (up + down)
        return rest + (states - rest) * np.exp(-(up + down) * duration)

    def scales(
        self, rng: np.random.Generator, inputs: int, duration: float
    ) -> tuple[tuple[float, float], ...]:
        """Return mean and inverse deviation of every state for inputs that are uniform in [0, 1]."""
        states, seen = np.full(len(self.drivers), 0.5), list[Vector]()
        for _ in range(_WAITED + _MEASURED):
            states = self.step(states, rng.random(inputs), duration)
            seen.append(states)
        measured = np.array(seen[_WAITED:])
        return tuple(zip(measured.mean(axis=0).tolist(), (1.0 / measured.std(axis=0)).tolist(), strict=True))


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchFamily(Family):
    """Molecular switches with fixed rate constants, and a trained readout.

    Attributes
    ----------
    name, summary, represents, defaults, initial
        See `Family`.
    cascaded : bool
        Whether most switches are driven by other switches.
    """

    name: str
    summary: str
    represents: str
    cascaded: bool
    defaults: Options
    initial: Mapping[str, Distribution]

    @property
    def formula(self) -> str:
        """The equation of a switch."""
        return "dz/dt = (a0 + a1*u)*(1 - z) - (b0 + b1*u)*z"

    def build(self, inputs: int, options: Options) -> Circuit:
        """Return the circuit of this family with a number of inputs; see `Family.build`."""
        self.check(inputs, options)
        count = options.hidden
        if not isinstance(count, int) or count < inputs:
            raise InvalidValueError(
                f"circuit {self.name}: hidden = {count}: give one number of switches, at least that of the "
                f"{inputs} inputs"
            )
        if not options.non_negative:
            raise InvalidValueError(
                f"circuit {self.name}: a switch is driven by a concentration, which is not negative: scale "
                "the inputs into [0, 1]"
            )
        rng = np.random.default_rng(options.fixed_seed)
        bank = Bank.drawn(rng, count, inputs, cascaded=self.cascaded)
        readout = Readout(
            options.outputs,
            trained=True,
            bias=True,
            states="z",
            scales=bank.scales(rng, inputs, options.horizon),
        )
        constants: dict[str, Any] = {**options.constants(), "augmentation": 0.0}
        return Circuit(
            name=self.name,
            system=_system(bank, inputs),
            features=inputs,
            readout=readout,
            starts_at_input=False,
            resting={"q": 1.0},
            **constants,
        )


def _system(bank: Bank, inputs: int) -> SignedSystem:
    count = len(bank.drivers)
    x, z, q = elements_of("x", inputs), elements_of("z", count), elements_of("q", count)
    flows: list[Polynomial] = []
    for i, driver in enumerate(bank.drivers.tolist()):
        drive = Polynomial.of(z[driver] if driver >= 0 else x[-1 - driver])
        up, down = (
            Polynomial.constant(float(bank.spontaneous[k, i])) + drive * float(bank.driven[k, i])
            for k in range(2)
        )
        flows.append(up * Polynomial.of(q[i]) - down * Polynomial.of(z[i]))
    equations = [*zip(z, flows, strict=True), *zip(q, (-f for f in flows), strict=True)]
    return SignedSystem(tuple(equations), x, (), frozenset({"x", "z", "q"}))


_DEFAULTS = Options(
    hidden=50, rule="recursive-least-squares", trained_readout=True, update="direct", learning_rate=1.0
)
_INITIAL = MappingProxyType({"w": Distribution("constant", 0.0), "b": Distribution("constant", 0.0)})

SWITCHES = SwitchFamily(
    name="switches",
    summary="a cascade of molecular switches whose states persist, for time series; the readout is learned",
    represents="Functions of recent inputs: sums of nonlinear functions with fading memory.",
    cascaded=True,
    defaults=_DEFAULTS,
    initial=_INITIAL,
)

PARALLEL_SWITCHES = SwitchFamily(
    name="parallel-switches",
    summary="molecular switches, all of which are driven by the input; the readout is learned",
    represents="As switches, with fewer nonlinear functions.",
    cascaded=False,
    defaults=_DEFAULTS,
    initial=_INITIAL,
)
