"""Closed formulas for layered circuits, of any depth and widths.

Symbols: n units of a layer, m units of the layer before it (or inputs), r rails on which these are read: one
of the inputs if they are never negative, one of ``relu`` and ``squared-relu``, two of ``leaky-relu``. O
outputs, P trained parameters.

================= ===================================== ==============================================
phase             reactions                             reason
================= ===================================== ==============================================
feedforward       2 n (r m + 1), n (r m + 1) if fixed   two rails of every weight and bias
feedforward of h  n, for ``squared-relu``               2 U_p -> 2 U_p + H
rectify           n                                     annihilation
readout           2 O (r n + 1)                         as a layer
error             O                                     annihilation
label, hinge      O, 2 O                                for the squared hinge loss
exchange          2 O, twice                            the chopper: straight and crossed
backpropagate     4 n O, 4 n times units of the next    two rails of the weight times two of the error
switch            4 n, 6 n for ``leaky-relu``           both rails of A meet both of U; A + U_n -> D + U_n
backpropagate     2 n, for ``squared-relu``             A + U_p -> A + U_p + D, instead of the switch
gradients         2 P, weights times r                  as forward
update, settle    2 P, P                                complete transfer, annihilation
================= ===================================== ==============================================

The chopper adds the conversion of the errors in two orientations, and a second orientation of the update: 4 O
+ 2 P reactions in three phases, and 2 O species. One more phase runs in every sample. With momentum or
batches, gradients are collected on species of their own before the update: 4 O + 4 P reactions in four
phases, 2 O + 2 P species, and two more phases in every sample.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import final

from neuralcrn.chemistry.network import Counts
from neuralcrn.compiler import Circuit
from neuralcrn.verify.counts.phases import CountedPhase, Quantities, Updates, counts_of

SQUARED, LEAKY = "squared-relu", "leaky-relu"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class LayeredDimensions:
    """Arguments of the formulas.

    Attributes
    ----------
    inputs, outputs : int
        Their numbers.
    hidden : tuple of int
        Numbers of units of the hidden layers.
    input_rails : int
        1 for non-negative data, else 2.
    activation : str
        ``relu``, ``leaky-relu`` or ``squared-relu``.
    trained : bool
        Whether the hidden layers are trained; otherwise their weights are rate constants.
    updates : Updates
        The optimiser.

    Examples
    --------
    >>> plain = LayeredDimensions(inputs=2, hidden=(16,))
    >>> plain.parameters
    65
    """

    inputs: int
    hidden: tuple[int, ...]
    outputs: int = 1
    input_rails: int = 1
    activation: str = "relu"
    trained: bool = True
    updates: Updates = field(default_factory=lambda: Updates(kind="transfer"))

    @classmethod
    def of(cls, circuit: Circuit) -> LayeredDimensions:
        """Return the dimensions of a circuit of a layered family."""
        states = circuit.system.states
        squared = circuit.readout.activation == "identity"  # the squares are states, read as they are
        layers = dict.fromkeys(z.name for z in states)
        widths = [sum(z.name == name for z in states) for name in layers]
        inputs = circuit.system.inputs
        return cls(
            inputs=len(inputs),
            hidden=tuple(widths[:: 2 if squared else 1]),
            outputs=circuit.outputs,
            input_rails=1 if inputs[0].name in circuit.non_negative else 2,
            activation=SQUARED if squared else circuit.readout.activation,
            trained=bool(circuit.inner_parameters),
            updates=Updates.of(circuit),
        )

    @property
    def layers(self) -> tuple[tuple[int, int, int], ...]:
        """Number, units before it and units of every layer, counted from 1."""
        widths = (self.inputs, *self.hidden)
        return tuple((i, widths[i - 1], size) for i, size in enumerate(self.hidden, 1))

    @property
    def parameters(self) -> int:
        """Number of trained parameters."""
        inner = sum((before + 1) * size for _, before, size in self.layers)
        return inner * self.trained + self.outputs * (self.hidden[-1] + 1)

    def rails(self, layer: int) -> int:
        """Number of rails on which a layer is read; layer 0 is the inputs."""
        if layer == 0:
            return self.input_rails
        return 2 if self.activation == LEAKY else 1

    def read(self, layer: int) -> Quantities:
        """What is read of a layer."""
        if layer == 0:
            return frozenset({"x"})
        if self.activation == SQUARED:
            return frozenset({f"h {layer}"})
        rails = ("p", "n") if self.activation == LEAKY else ("p",)
        return frozenset(f"z_{rail} {layer}" for rail in rails)


def layered_counts(d: LayeredDimensions) -> dict[str, Counts]:
    """Return species and reactions of every phase, and of the whole ``program``; see `counts_of`.

    Examples
    --------
    >>> counts = layered_counts(LayeredDimensions(inputs=2, hidden=(16,)))
    >>> counts["feedforward"].reactions == 2 * 16 * (2 + 1), counts["switch"].reactions == 4 * 16
    (True, True)
    """
    return counts_of((*_forward(d), *_backward(d), *_updates(d)), _sizes(d))


def _forward(d: LayeredDimensions) -> Iterator[CountedPhase]:
    for layer, before, size in d.layers:
        parted = frozenset({f"z_p {layer}", f"z_n {layer}"})
        products = size * (d.rails(layer - 1) * before + 1)
        weights = _weights(d, layer) if d.trained else frozenset[str]()
        name = _name("feedforward", d, layer)
        yield CountedPhase(name, products * (2 if d.trained else 1), d.read(layer - 1) | parted | weights)
        yield CountedPhase(_name("rectify", d, layer), size, parted)
        if d.activation == SQUARED:
            name = _name("feedforward", d, layer, activated=True)
            yield CountedPhase(name, size, frozenset({f"z_p {layer}", f"h {layer}"}))
    yield CountedPhase("readout", _readout(d), d.read(len(d.hidden)) | {"e", "w", "b"})
    yield CountedPhase("error", d.outputs, frozenset({"e"}))
    yield from d.updates.errors(d.outputs)


def _backward(d: LayeredDimensions) -> Iterator[CountedPhase]:
    above, source = d.outputs, frozenset({d.updates.error, "w"})
    for layer, _, size in reversed(d.layers) if d.trained else ():
        handed_on = frozenset({f"a {layer}", f"d {layer}", f"z_p {layer}"})
        squared = d.activation == SQUARED
        name = _name("backpropagate", d, layer, activated=squared)
        yield CountedPhase(name, 4 * above * size, source | {f"a {layer}"})
        if squared:
            yield CountedPhase(_name("backpropagate", d, layer), 2 * size, handed_on)
        else:
            ways = 6 if d.activation == LEAKY else 4
            yield CountedPhase(_name("switch", d, layer), ways * size, handed_on | {f"z_n {layer}"})
        above, source = size, frozenset({f"d {layer}", f"theta {layer}"})
    yield CountedPhase("gradients", *_gradients(d))


def _gradients(d: LayeredDimensions) -> tuple[int, Quantities]:
    """Return reactions and quantities of the products of adjoints and activations."""
    reactions, quantities = _readout(d), d.read(len(d.hidden)) | {d.updates.error}
    for layer, before, size in d.layers if d.trained else ():
        reactions += 2 * size * (d.rails(layer - 1) * before + 1)
        quantities |= d.read(layer - 1) | {f"d {layer}"}
    return reactions, quantities | (_parameters(d) if d.updates.kind == "direct" else {"g"})


def _updates(d: LayeredDimensions) -> Iterator[CountedPhase]:
    return d.updates.phases(d.parameters, _parameters(d), frozenset({"g"}))


def _readout(d: LayeredDimensions) -> int:
    """Reactions of all outputs, or of their gradients."""
    last = len(d.hidden)
    return 2 * d.outputs * (d.rails(last) * d.hidden[-1] + 1)


def _weights(d: LayeredDimensions, layer: int) -> Quantities:
    return frozenset({f"theta {layer}", f"beta {layer}"})


def _parameters(d: LayeredDimensions) -> Quantities:
    """All trained parameters."""
    inner = (_weights(d, layer) for layer, _, _ in d.layers) if d.trained else ()
    return frozenset({"w", "b"}).union(*inner)


def _sizes(d: LayeredDimensions) -> dict[str, int]:
    """Number of species of each quantity: two for a signed one."""
    sizes = {
        "x": d.input_rails * d.inputs,
        "w": 2 * d.outputs * d.hidden[-1],
        "b": 2 * d.outputs,
        "g": 2 * d.parameters,
        **d.updates.sizes(d.outputs, d.parameters),
    }
    for layer, before, size in d.layers:
        one_rail = dict.fromkeys((f"z_p {layer}", f"z_n {layer}", f"h {layer}"), size)
        two_rails = dict.fromkeys((f"a {layer}", f"d {layer}", f"beta {layer}"), 2 * size)
        sizes |= {**one_rail, **two_rails, f"theta {layer}": 2 * size * before}
    return sizes


def _name(stage: str, d: LayeredDimensions, layer: int, *, activated: bool = False) -> str:
    """Return the name of a stage; squares are states of their own, and numbered with the others."""
    number = 2 * layer - (not activated) if d.activation == SQUARED else layer
    return f"{stage}-{number}" if number > 1 else stage
