"""Compilation of layers of rectifiers to reactions whose final amounts do not depend on rate constants.

Vasic, Chalk, Khurshid, Soloveichik, arXiv 2003.13720; Vasic, Chalk, Luchsinger, Khurshid, Soloveichik,
arXiv 2109.11422. A value v is the difference of the amounts of two rails, v_p and v_n::

    fan-out    X_p -> I1_p + I2_n + ...      one reaction per rail; the weight -1 exchanges rails
    bias       an initial amount of the rail of its sign
    rectifier  I_p -> M + H_p,  M + I_n -> H_n      h_p - h_n = max(0, i_p - i_n)
    output     the fan-out of the last hidden layer releases the rails of the outputs
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuralcrn.chemistry import Network, Reaction
from neuralcrn.errors import InvalidValueError
from neuralcrn.in_silico.rate_independent.network import ReluNetwork, Table
from neuralcrn.in_silico.rate_independent.reduction import reduce_network

Rails = tuple[str, str]
Number = TypeVar("Number", float, Fraction)


@final
@dataclass(frozen=True, slots=True, eq=False)
class CompiledRelu:
    """Layers of rectifiers as a reaction network.

    Attributes
    ----------
    relu : ReluNetwork
        The layers.
    network : Network
        The reactions; initial amounts are those of the biases. Inputs are doses.
    inputs, outputs : tuple of tuple of str
        Positive and negative rail of every input and output.
    lowest : ndarray, shape (n_inputs,), or None
        Smallest possible value of every scaled input, if inputs are shifted: then doses are differences to
        it, and inputs have no negative rail.
    """

    relu: ReluNetwork
    network: Network
    inputs: tuple[Rails, ...]
    outputs: tuple[Rails, ...]
    lowest: Table | None

    def doses(self, inputs: Sequence[Number]) -> dict[str, Number]:
        """Return the doses of scaled inputs, without those of rails that no reaction consumes.

        Raises
        ------
        InvalidValueError
            If a shifted input is below the lowest one.
        """
        doses: dict[str, Number] = {}
        for place, (value, rails) in enumerate(zip(inputs, self.inputs, strict=True)):
            shifted = value if self.lowest is None else value - type(value)(self.lowest[place])
            if shifted < 0 and self.lowest is not None:
                raise InvalidValueError(
                    f"input {place + 1} is {float(value):g}, below the lowest value {self.lowest[place]:g}, "
                    "and a dose cannot be negative: compile without shift"
                )
            name = rails[0] if shifted >= 0 else rails[1]
            if name in self.network.index and shifted:
                doses[name] = shifted if shifted > 0 else -shifted
        return doses

    def starts(self, features: ArrayLike) -> Table:
        """Return initial amounts with doses for a table of features, shape (n_samples, n_species)."""
        inputs = self.relu.scale(features)
        table = np.tile(np.array(self.network.initial), (len(inputs), 1))
        for row, values in zip(table, inputs.tolist(), strict=True):
            for name, dose in self.doses(values).items():
                row[self.network.index[name]] += dose
        return table

    def read(self, amounts: Mapping[str, Number]) -> tuple[Number, ...]:
        """Return the outputs of final amounts; a rail that is not in the network has the amount 0."""
        zero = type(next(iter(amounts.values())))(0)
        return tuple(amounts.get(p, zero) - amounts.get(n, zero) for p, n in self.outputs)

    def read_table(self, amounts: Table) -> Table:
        """Return the outputs of a table of final amounts, shape (n_samples, n_outputs)."""
        rows = [self.read(dict(zip(self.network.species, row, strict=True))) for row in amounts.tolist()]
        return np.array(rows)

    def reduced(self, *, keep_inputs: bool = True, cancel: bool = False) -> CompiledRelu:
        """Return the same with the reactions of one reactant removed.

        Parameters
        ----------
        keep_inputs : bool
            Whether fan-out of the inputs is kept. Otherwise doses of inputs are impossible: they are only
            reactants of conversions.
        cancel : bool
            Whether pairs of output rails that one reaction releases are left out.
        """
        kept = [name for rails in self.inputs for name in rails] if keep_inputs else []
        present = [pair for pair in self.outputs if all(name in self.network.index for name in pair)]
        return replace(self, network=reduce_network(self.network, kept, pairs=present if cancel else ()))


def compile_relu(relu: ReluNetwork, *, lowest: ArrayLike | None = None) -> CompiledRelu:
    """Compile layers of rectifiers to reactions.

    Parameters
    ----------
    relu : ReluNetwork
        The layers.
    lowest : array-like, shape (n_inputs,), optional
        Smallest possible value of every scaled input. Inputs are then shifted by it, so that none is
        negative: they have one rail, and the shift is part of the biases of the first layer.

    Returns
    -------
    CompiledRelu

    Raises
    ------
    InvalidValueError
        If the number of lowest values differs from that of the inputs.

    Examples
    --------
    >>> compiled = compile_relu(ReluNetwork([[[1], [-1]], [[1]]], [[0.5], [0.0]]))
    >>> print(compiled.network)
    X1_p -> I1_1_p [k = 1]
    X1_n -> I1_1_n [k = 1]
    X2_p -> I1_1_n [k = 1]
    X2_n -> I1_1_p [k = 1]
    I1_1_p -> M1_1 + H1_1_p [k = 1]
    M1_1 + I1_1_n -> H1_1_n [k = 1]
    H1_1_p -> Y1_p [k = 1]
    H1_1_n -> Y1_n [k = 1]
    I1_1_p @initial 0.5
    >>> print(compiled.reduced().network)
    X1_p -> M1_1 + Y1_p [k = 1]
    X1_n -> I1_1_n [k = 1]
    X2_p -> I1_1_n [k = 1]
    X2_n -> M1_1 + Y1_p [k = 1]
    M1_1 + I1_1_n -> Y1_n [k = 1]
    M1_1 @initial 0.5
    Y1_p @initial 0.5
    """
    floor = None if lowest is None else np.array(lowest, dtype=np.float64)
    if floor is not None and floor.shape != (relu.sizes[0],):
        raise InvalidValueError(f"lowest: {relu.sizes[0]} numbers expected, got shape {floor.shape}")
    inputs = _rails("X", relu.sizes[0])
    reactions: list[Reaction] = []
    initial: dict[str, float] = {}
    before = list(inputs)
    for layer, (matrix, bias) in enumerate(zip(relu.weights, relu.biases, strict=True), 1):
        last = layer == len(relu.weights)
        sums = _rails("Y" if last else f"I{layer}_", matrix.shape[1])
        sides = (0,) if layer == 1 and floor is not None else (0, 1)
        reactions += _fan_out(before, matrix, sums, sides)
        shifted = bias if layer > 1 or floor is None else bias + floor @ matrix
        initial |= {sums[j][value < 0.0]: abs(value) for j, value in enumerate(shifted.tolist())}
        if not last:
            before = _rails(f"H{layer}_", matrix.shape[1])
            for unit, (rails, rectified) in enumerate(zip(sums, before, strict=True), 1):
                reactions += _rectifier(rails, f"M{layer}_{unit}", rectified)
    network = Network.of(reactions, {name: amount for name, amount in initial.items() if amount})
    return CompiledRelu(relu, network, tuple(inputs), tuple(_rails("Y", relu.sizes[-1])), floor)


def _rails(prefix: str, count: int) -> list[Rails]:
    return [(f"{prefix}{j}_p", f"{prefix}{j}_n") for j in range(1, count + 1)]


def _fan_out(
    before: Sequence[Rails], matrix: NDArray[np.int64], sums: Sequence[Rails], sides: Sequence[int]
) -> list[Reaction]:
    """Return one reaction per rail of every value that is used."""
    reactions: list[Reaction] = []
    for rails, row in zip(before, matrix.tolist(), strict=True):
        for side in sides:
            products = {sums[j][side ^ (weight < 0)]: abs(weight) for j, weight in enumerate(row) if weight}
            if products:
                reactions.append(Reaction.of({rails[side]: 1}, products, label=""))
    return reactions


def _rectifier(sums: Rails, middle: str, rectified: Rails) -> tuple[Reaction, Reaction]:
    """Return the two reactions of a unit."""
    return (
        Reaction.of({sums[0]: 1}, {middle: 1, rectified[0]: 1}),
        Reaction.of({middle: 1, sums[1]: 1}, {rectified[1]: 1}),
    )
