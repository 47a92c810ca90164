"""Figure of one cycle of a pot: gates, states, errors and parameters, from one dose to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neuralcrn.display import name_latex
from neuralcrn.plots.columns import Labels
from neuralcrn.plots.step import (
    draw_states,
    draw_traces,
    is_recorded,
    legend_beside,
    most_moving,
    since_start,
)
from neuralcrn.plots.style import PAGE_WIDTH, new_figure, paper_style, phase_colours

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from neuralcrn.engines.recording import Recording

_LINES = 6


def cycle_figure(recording: Recording, features: Sequence[str] = ()) -> Figure:
    """Draw one cycle of a pot as a function of time.

    The panels share the time since the dose. They show the gates of the phases, relative to their peaks, with
    shaded turns; the rails of the states; the errors; and the changes of the parameters that change most.

    Parameters
    ----------
    recording : Recording
        As returned by `Executable.record` for a gated or an autonomous program.
    features : sequence of str
        Names of the columns of the data, shown with the quantities that belong to them.
    """
    circuit = recording.program.circuit
    label = Labels(circuit, features)
    times = recording.times
    errors = [error for error in circuit.errors if is_recorded(recording, error)][:_LINES]
    learning = most_moving(recording, circuit.trained_parameters, _LINES)
    figure = new_figure(PAGE_WIDTH, 5.6)
    with paper_style():
        panels = figure.subplots(4, 1, sharex=True, gridspec_kw={"height_ratios": [1, 1.4, 1, 1]})
        gates = _gates(recording)
        _draw_gates(panels[0], times, gates)
        draw_states(panels[1], recording, times, label)
        draw_traces(panels[2], times, [(label(v), recording.signed(v)) for v in errors], 0)
        changes = [(label(p), since_start(recording.signed(p))) for p in learning]
        draw_traces(panels[3], times, changes, len(circuit.trained_parameters) - len(learning))
        labels = ("gate\n(of its peak)", "state rails", "error", "parameter change")
        for panel, name in zip(panels, labels, strict=True):
            unit = "" if "\n" in name else "\n(concentration)"
            panel.set_ylabel(f"{name}{unit}")
        for panel in panels[1:]:
            _shade_turns(panel, times, gates)
        panels[-1].set_xlim(times[0], times[-1])
        panels[-1].set_xlabel("time since the dose")
        figure.align_ylabels(panels)
    return figure


def _gates(recording: Recording) -> dict[str, tuple[str, NDArray[np.float64]]]:
    """Return the gate species of each phase, and the gate relative to its peak."""
    gates: dict[str, tuple[str, NDArray[np.float64]]] = {}
    for phase, species in recording.program.gates.items():
        values = recording.values[:, recording.species.index(species)]
        gates[phase] = (species, values / max(float(values.max()), np.finfo(float).tiny))
    return gates


def _draw_gates(
    panel: Axes, times: NDArray[np.float64], gates: dict[str, tuple[str, NDArray[np.float64]]]
) -> None:
    colours = phase_colours(gates)
    for phase, (species, values) in gates.items():
        colour = colours[phase]
        panel.fill_between(times, values, color=colour, alpha=0.15, linewidth=0.0)
        panel.plot(times, values, color=colour, label=f"{phase} (${name_latex(species)}$)")
    panel.set_ylim(0.0, 1.08)
    legend_beside(panel, 0)


def _shade_turns(
    panel: Axes, times: NDArray[np.float64], gates: dict[str, tuple[str, NDArray[np.float64]]]
) -> None:
    """Shade the times at which a gate is more than half open."""
    low, high = panel.get_ylim()
    colours = phase_colours(gates)
    for phase, (_, values) in gates.items():
        panel.fill_between(
            times, low, high, where=(values > 0.5).tolist(), color=colours[phase], alpha=0.10,
            linewidth=0.0, zorder=0,
        )  # fmt: skip
    panel.set_ylim(low, high)
