"""Measurements on clocks: period, overlap of the turns, tolerance to errors of rate constants and to
loads.
"""

from neuralcrn.studies.clock.cycles import Cycles, follow, gate_values, sample_cycles
from neuralcrn.studies.clock.figure import clock_figure
from neuralcrn.studies.clock.measuring import (
    check_clock,
    measured_overlap,
    report_clock,
    tolerated_overlap,
)
from neuralcrn.studies.clock.molecules import MoleculeRun, run_with_molecules
from neuralcrn.studies.clock.report import ClockReport, GateReport, Overlap, Steadiness
from neuralcrn.studies.clock.responses import Response

__all__ = [
    "ClockReport",
    "Cycles",
    "GateReport",
    "MoleculeRun",
    "Overlap",
    "Response",
    "Steadiness",
    "check_clock",
    "clock_figure",
    "follow",
    "gate_values",
    "measured_overlap",
    "report_clock",
    "run_with_molecules",
    "sample_cycles",
    "tolerated_overlap",
]
