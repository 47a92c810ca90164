"""A recurrent network with symmetric weights, which learns by equilibrium propagation.

::

    du/dt = 10 (theta x + phi^T o + beta - u)      drives of the hidden units
    dv/dt = 10 (phi s + gamma - v)                 drives of the outputs
    ds/dt = u_p t - u_n s + h (t - s),  dt/dt = -ds/dt       activities s and 1 - s, the same for o, q and v

At rest an activity is (1 + u / (2 h + |u|)) / 2, a sigmoid of its drive. It is a species of which a part is
switched on by the positive rail of the drive and off by the negative rail. One species of each weight phi is
read in both directions, so the weights are symmetric.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import final

from neuralcrn.algebra import Polynomial, SignedSystem, Variable, elements_of, sum_of
from neuralcrn.circuits.family import Family, Options
from neuralcrn.circuits.initial import Distribution
from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.readout import Readout
from neuralcrn.compiler.rules.equilibrium_propagation import COMPLEMENTS, DRIVES
from neuralcrn.errors import InvalidValueError

RESPONSE = 10.0
"""Rate constant with which drives follow their sums."""
UNITS = 6
"""Default number of hidden units."""


@final
class SymmetricNetwork(Family):
    """Hidden units and outputs that drive each other with the same weights."""

    name = "symmetric-network"
    summary = "sigmoid units with symmetric weights at equilibrium, learned from two nudges; bimolecular"
    represents = "Continuous functions of the inputs with values between 0 and 1, with enough units."
    defaults = Options(
        rule="equilibrium-propagation",
        update="transfer",
        supply=0.25,
        augmentation=0.0,
        horizon=20.0,
        learning_rate=0.5,
    )
    initial: Mapping[str, Distribution] = MappingProxyType(
        {
            "theta": Distribution("normal", 0.0, 0.5),
            "phi": Distribution("normal", 0.0, 0.5),
            "beta": Distribution("normal", 0.0, 0.5),
            "gamma": Distribution("constant", 0.0),
        }
    )

    @property
    def formula(self) -> str:
        """The equations."""
        return (
            f"du/dt = {RESPONSE:g}*(theta*x + phi'*o + beta - u), dv/dt = {RESPONSE:g}*(phi*s + gamma - v), "
            "ds/dt = u_p*(1 - s) - u_n*s + h*(1 - 2*s), the same for o and v"
        )

    def build(self, inputs: int, options: Options) -> Circuit:
        """Return the circuit of this family with a number of inputs; see `Family.build`."""
        self.check(inputs, options)
        hidden = self.units_of(options, UNITS)
        if options.supply <= 0.0:
            raise InvalidValueError(
                f"circuit {self.name}: supply = {options.supply:g}: it is the rate constant with which "
                "activities without a drive return to 1/2, and must be positive"
            )
        self.check_parameters(hidden * (inputs + 1 + options.outputs) + options.outputs)
        one_rail = {*COMPLEMENTS, *COMPLEMENTS.values(), *(["x"] if options.non_negative else [])}
        return Circuit(
            name=self.name,
            system=_system(inputs, hidden, options.outputs, options.supply, frozenset(one_rail)),
            features=inputs,
            readout=Readout(options.outputs, states="o"),
            starts_at_input=False,
            **options.constants(),
        )


def _system(
    inputs: int, hidden: int, outputs: int, supply: float, non_negative: frozenset[str]
) -> SignedSystem:
    x = elements_of("x", inputs)
    theta, phi = elements_of("theta", (hidden, inputs)), elements_of("phi", (outputs, hidden))
    beta, gamma = elements_of("beta", hidden), elements_of("gamma", outputs)
    s, o = elements_of("s", hidden), elements_of("o", outputs)
    sums = {
        Variable("u", (i,)): [
            *zip(theta[i * inputs : (i + 1) * inputs], x, strict=True),
            *zip(phi[i::hidden], o, strict=True),
            (beta[i], None),
        ]
        for i in range(hidden)
    }
    sums |= {
        Variable("v", (k,)): [*zip(phi[k * hidden : (k + 1) * hidden], s, strict=True), (gamma[k], None)]
        for k in range(outputs)
    }
    equations: list[tuple[Variable, Polynomial]] = []
    for drive, terms in sums.items():
        total = sum_of(
            Polynomial.of(w) if z is None else Polynomial.of(w) * Polynomial.of(z) for w, z in terms
        )
        equations.append((drive, (total - Polynomial.of(drive)) * RESPONSE))
    for drive in sums:
        equations += _activity(drive, supply)
    return SignedSystem(tuple(equations), x, (*theta, *phi, *beta, *gamma), non_negative)


def _activity(drive: Variable, supply: float) -> tuple[tuple[Variable, Polynomial], ...]:
    """Return the equations of an activity and of its complement."""
    on = Variable(DRIVES[drive.name], drive.index)
    off = Variable(COMPLEMENTS[on.name], drive.index)
    u, s, t = map(Polynomial.of, (drive, on, off))
    size = abs(u)
    change = (u + size) * t * 0.5 - (size - u) * s * 0.5 + (t - s) * supply
    return (on, change), (off, -change)
