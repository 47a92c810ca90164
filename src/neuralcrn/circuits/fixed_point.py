"""The smooth-rectifier network of Kang and Kim (arXiv 2410.11919), which learns at a fixed point.

::

    ds/dt = 10 (theta x + beta - s)         weighted sums
    dz/dt = s z - z^2 + h                   z = (s + sqrt(s^2 + 4 h)) / 2 at rest
    y = w z + b

Published are smooth activations at equilibrium and slow bimolecular training reactions in one pot. The
equations, with the derivative of the rectifier from the adjoint of z, are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import final

from neuralcrn.algebra import SignedSystem
from neuralcrn.circuits.family import Family, Options
from neuralcrn.circuits.initial import Distribution
from neuralcrn.compiler.circuit import Circuit
from neuralcrn.compiler.readout import Readout
from neuralcrn.errors import InvalidValueError

RESPONSE = 10.0
"""Rate constant with which the weighted sums follow the inputs."""
UNITS = 4
"""Default number of hidden units."""


@final
class FixedPointNetwork(Family):
    """One hidden layer of smooth rectifiers and a linear readout, all at equilibrium."""

    name = "fixed-point-network"
    summary = "a layer of smooth rectifiers at equilibrium, learned without a clock; bimolecular"
    represents = "Any continuous function of the inputs, with enough units."
    defaults = Options(
        rule="fixed-point",
        update="direct",
        trained_readout=True,
        supply=0.1,
        augmentation=0.0,
        horizon=8.0,
        learning_rate=0.01,
    )
    initial: Mapping[str, Distribution] = MappingProxyType(
        {
            "theta": Distribution("normal", 0.0, 1.0),
            "beta": Distribution("constant", 0.0),
            "w": Distribution("normal", 0.0, 1.0),
            "b": Distribution("constant", 0.0),
        }
    )

    @property
    def formula(self) -> str:
        """The equations."""
        return f"ds/dt = {RESPONSE:g}*(theta*x + beta - s), dz/dt = s*z - z^2 + h"

    def build(self, inputs: int, options: Options) -> Circuit:
        """Return the circuit of this family with a number of inputs; see `Family.build`."""
        self.check(inputs, options)
        hidden = self.units_of(options, UNITS)
        if options.supply <= 0.0:
            raise InvalidValueError(
                f"circuit {self.name}: supply = {options.supply:g}: without a supply its states remain 0; it "
                "must be positive"
            )
        self.check_parameters(hidden * (inputs + 1 + options.outputs))
        system = SignedSystem.parse(
            f"ds = {RESPONSE!r}*(theta*x + beta - s); dz = s*z - z*z + {options.supply!r}",
            states={"s": hidden, "z": hidden},
            inputs={"x": inputs},
            parameters={"theta": (hidden, inputs), "beta": hidden},
            non_negative=["z", "x"] if options.non_negative else ["z"],
        )
        return Circuit(
            name=self.name,
            system=system,
            features=inputs,
            readout=Readout(options.outputs, trained=True, bias=True, states="z"),
            starts_at_input=False,
            **options.constants(),
        )
