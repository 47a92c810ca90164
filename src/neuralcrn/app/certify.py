"""The chemistry of a circuit against exact mathematics."""

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
    """Check values and gradients of the chemistry against exact mathematics, with counts and orders.

    Parameters
    ----------
    circuit : str
        Name of a circuit of the registry.
    options : CircuitOptions, optional
        What is chosen about it, at most 100 inputs, states and outputs.
    seed : int
        Of the test points.
    on_status : callable
        Told what is measured; see `neuralcrn.app`.

    Raises
    ------
    UnknownNameError
        If there is no such circuit, level or clock.
    CompileError, InvalidValueError
        If the options do not fit together, or the circuit is too large.
    SimulationError
        If the chemistry does not reach the end of a phase or cycle.

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
    """Refuse sizes of which the exact mathematics would take hours."""
    for name in ("inputs", "hidden", "outputs"):
        if (getattr(options, name) or 0) > _LARGEST:
            raise InvalidValueError(
                f"--{name} {getattr(options, name)}: at most {_LARGEST} are certified; the reactions of a "
                "larger circuit are made by the same rules"
            )
