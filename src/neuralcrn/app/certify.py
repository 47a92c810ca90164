"""Comparison of the chemistry of a circuit with exact mathematics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuralcrn.app.circuits import CircuitOptions
from neuralcrn.errors import InvalidValueError
from neuralcrn.status import OnStatus, ignore_status

if TYPE_CHECKING:
    from neuralcrn.verify import Certificate

_LARGEST = 100


def certify(
    circuit: str,
    options: CircuitOptions | None = None,
    *,
    seed: int = 0,
    on_status: OnStatus = ignore_status,
) -> Certificate:
    """Compare outputs and gradients of the chemistry with exact mathematics, and check counts and orders.

    Parameters
    ----------
    circuit : str
        Name of a circuit of the registry.
    options : CircuitOptions, optional
        Options of the circuit; at most 100 inputs, states and outputs.
    seed : int
        Seed of the test points.
    on_status : callable
        Called with the current measurement; see `neuralcrn.app`.

    Raises
    ------
    UnknownNameError
        If there is no such circuit, level or clock.
    CompileError, InvalidValueError
        If options are incompatible, or the circuit is too large.
    SimulationError
        If the simulation of a phase or cycle fails.

    Examples
    --------
    >>> certify("minimal", CircuitOptions(inputs=1)).passed
    True
    """
    from neuralcrn.verify import certify as check

    chosen = options or CircuitOptions()
    _check_size(chosen)
    built = chosen.make(circuit)
    return check(built, level=chosen.level, clock=chosen.clock, rng=seed, on_status=on_status)


def _check_size(options: CircuitOptions) -> None:
    """Reject sizes for which the reference solution would take hours."""
    hidden = options.hidden or 0
    sizes = {
        "inputs": options.inputs,
        "hidden": hidden if isinstance(hidden, int) else max(hidden),
        "outputs": options.outputs or 0,
    }
    for name, size in sizes.items():
        if size > _LARGEST:
            raise InvalidValueError(
                f"--{name} {size}: at most {_LARGEST} are certified; the reactions of a "
                "larger circuit are made by the same rules"
            )
