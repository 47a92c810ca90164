"""Verification that the final amounts of a network do not depend on rates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from neuralcrn.app.sources import Source
from neuralcrn.status import OnStatus, ignore_status

if TYPE_CHECKING:
    from neuralcrn.in_silico.rate_independent import RateIndependence


def verify_rate_independence(
    source: Source,
    *,
    inputs: Sequence[str] = (),
    trials: int = 5,
    seed: int = 0,
    on_status: OnStatus = ignore_status,
) -> RateIndependence:
    """Check that the final amounts of a network depend on its initial amounts only.

    Parameters
    ----------
    source : Source
        A file, or a phase of a circuit.
    inputs : sequence of str
        Species whose initial amounts are varied; by default those that no reaction releases.
    trials : int
        Number of initial amounts, from 1 to 1,000.
    seed : int
        Seed of all random choices.
    on_status : callable
        Called before every check; see `neuralcrn.app`.

    Raises
    ------
    UnknownNameError, InvalidValueError, ParseError, NetworkError
        If the source cannot be read, has several phases or no reactions, or an input is unknown.

    Examples
    --------
    >>> text = "A + B -> C [k = 1]" + chr(10) + "A -> 0 [k = 1]"
    >>> verify_rate_independence(Source("pair.crn", text=text)).passed
    False
    """
    from neuralcrn.in_silico.rate_independent import verify_rate_independence as verify

    return verify(
        source.network(), source=source.name, inputs=inputs, trials=trials, seed=seed, on_status=on_status
    )
