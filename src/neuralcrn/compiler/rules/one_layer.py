"""What learning rules of one layer of non-negative weights have in common."""

from __future__ import annotations

from neuralcrn.compiler.circuit import Circuit
from neuralcrn.errors import CompileError


def check_layer(circuit: Circuit) -> None:
    """Reject circuits with other parameters than one non-negative weight for every class and input, and
    options of gradients.

    Raises
    ------
    CompileError
        The message gives the way out.
    """
    weights, inputs = circuit.trained_parameters, circuit.system.inputs
    one_rail = {v.name for v in (*weights, *inputs)} <= circuit.non_negative
    if len(weights) != circuit.outputs * len(inputs) or not one_rail:
        raise CompileError(
            f"circuit {circuit.name}: rule {circuit.rule} needs one weight for every class and input, none "
            f"of them negative: choose circuit {circuit.rule}, or one of its rules"
        )
    plain = circuit.optimiser == "plain" and circuit.loss == "squared" and circuit.decay == 0.0
    if circuit.update != "direct" or not plain:
        raise CompileError(
            f"circuit {circuit.name}: rule {circuit.rule} changes weights while they react: leave update = "
            "direct, optimiser = plain, loss = squared and decay = 0"
        )
