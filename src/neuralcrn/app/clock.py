"""Measurements on a chemical clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from neuralcrn.status import OnStatus, ignore_status

if TYPE_CHECKING:
    from neuralcrn.compiler.pot.clocks import Clock
    from neuralcrn.studies.clock import ClockReport


@final
@dataclass(frozen=True, slots=True)
class MeasuredClock:
    """A clock and its report.

    Attributes
    ----------
    clock : Clock
        The simulated clock.
    report : ClockReport
        The measurements.
    """

    clock: Clock
    report: ClockReport

    def __str__(self) -> str:
        return str(self.report)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return self.report.to_json()

    def picture(self, image: str) -> bytes:
        """Draw two cycles and the report; return the contents of a file in the format ``svg``, ``png`` or
        ``pdf``.
        """
        from neuralcrn.plots import image_of
        from neuralcrn.studies.clock import clock_figure

        return image_of(clock_figure(self.clock, self.report), image)


def clock(
    name: str,
    *,
    cycles: int = 1000,
    molecules: Sequence[float] = (),
    on_status: OnStatus = ignore_status,
) -> MeasuredClock:
    """Measure a clock by simulation: its period, the overlap of its phases, its tolerance to perturbations.

    Parameters
    ----------
    name : str
        A clock of the registry; see `clocks`.
    cycles : int
        Number of cycles of the long run, 2 to 100,000.
    molecules : sequence of float
        Numbers of molecules per unit concentration with which the clock is also simulated stochastically.
    on_status : callable
        Called with the current simulation; see `neuralcrn.app`.

    Raises
    ------
    UnknownNameError
        If there is no such clock.
    InvalidValueError
        If the number of cycles or of molecules is out of range.
    CompileError
        If the clock does not run for two cycles.

    Examples
    --------
    >>> clock("ring-3", cycles=50).to_json()["cycles"]
    50
    """
    from neuralcrn.compiler.pot.clocks import CLOCKS
    from neuralcrn.studies.clock import report_clock

    chosen = CLOCKS.find(name)
    return MeasuredClock(
        chosen, report_clock(chosen, cycles=cycles, molecules=molecules, on_status=on_status)
    )
