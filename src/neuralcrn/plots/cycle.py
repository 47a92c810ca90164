"""The figure of one cycle of a pot: gates, states, errors and parameters, from one dose to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import name_latex
from neuralcrn.plots.step import (
    draw_states,
    draw_traces,
    is_recorded,
    legend_beside,
    most_moving,
    since_start,
)
from neuralcrn.plots.style import (
    BLUE,
    GREEN,
    ORANGE,
    PAGE_WIDTH,
    PURPLE,
    SKY,
    new_figure,
    paper_style,
    symbol,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from neuralcrn.training.recording import Recording

_GATE_COLOURS = {"forward": BLUE, "feedback": ORANGE, "update": GREEN, "clear": PURPLE}
_LINES = 6


def cycle_figure(recording: Recording) -> Figure:
    """Draw one cycle of a pot on its true time axis.

    The panels share the time since the dose: the gates of the phases, each relative to its peak and
    its turn shaded below the others; the rails of the states; the errors; and the change of the
    parameters that move most.

    Parameters
    ----------
    recording : Recording
        As `record_step` returns it for a gated or an autonomous program.
    """
    circuit = recording.program.circuit
    times = recording.times
    errors = [error for error in circuit.errors if is_recorded(recording, error)][:_LINES]
    learning = most_moving(recording, circuit.trained_parameters, _LINES)
    figure = new_figure(PAGE_WIDTH, 5.6)
    with paper_style():
        panels = figure.subplots(4, 1, sharex=True, gridspec_kw={"height_ratios": [1, 1.4, 1, 1]})
        gates = _gates(recording)
        _draw_gates(panels[0], times, gates)
        draw_states(panels[1], recording, times)
        draw_traces(panels[2], times, [(symbol(v), recording.signed(v)) for v in errors], 0)
        changes = [(symbol(p), since_start(recording.signed(p))) for p in learning]
        draw_traces(panels[3], times, changes, len(circuit.trained_parameters) - len(learning))
        labels = ("gate\n(of its peak)", "state rails", "error", "parameter change")
        for panel, label in zip(panels, labels, strict=True):
            unit = "" if "\n" in label else "\n(concentration)"
            panel.set_ylabel(f"{label}{unit}")
        for panel in panels[1:]:
            _shade_turns(panel, times, gates)
        panels[-1].set_xlim(times[0], times[-1])
        panels[-1].set_xlabel("time since the dose")
        figure.align_ylabels(panels)
    return figure


def _gates(recording: Recording) -> dict[str, tuple[str, NDArray[np.float64]]]:
    """Return for each phase its gate species and the gate relative to its peak."""
    gates: dict[str, tuple[str, NDArray[np.float64]]] = {}
    for phase, species in recording.program.gates.items():
        values = recording.values[:, recording.species.index(species)]
        gates[phase] = (species, values / max(float(values.max()), np.finfo(float).tiny))
    return gates


def _draw_gates(
    panel: Axes, times: NDArray[np.float64], gates: dict[str, tuple[str, NDArray[np.float64]]]
) -> None:
    for phase, (species, values) in gates.items():
        colour = _GATE_COLOURS.get(phase, SKY)
        panel.fill_between(times, values, color=colour, alpha=0.15, linewidth=0.0)
        panel.plot(times, values, color=colour, label=f"{phase} (${name_latex(species)}$)")
    panel.set_ylim(0.0, 1.08)
    legend_beside(panel, 0)


def _shade_turns(
    panel: Axes, times: NDArray[np.float64], gates: dict[str, tuple[str, NDArray[np.float64]]]
) -> None:
    """Shade the times in which a gate is more than half open."""
    low, high = panel.get_ylim()
    for phase, (_, values) in gates.items():
        panel.fill_between(
            times, low, high, where=(values > 0.5).tolist(), color=_GATE_COLOURS.get(phase, SKY), alpha=0.10,
            linewidth=0.0, zorder=0,
        )  # fmt: skip
    panel.set_ylim(low, high)
