"""Figure of one training step: concentrations, phase by phase."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neuralcrn.algebra import Variable
from neuralcrn.compiler import adjoint_of, gradient_of
from neuralcrn.plots.columns import Labels
from neuralcrn.plots.style import BLACK, GREY, PAGE_WIDTH, PALETTE, distinct, new_figure, paper_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from neuralcrn.engines.recording import Recording

_STATES, _LINES = 4, 6
"""Maximum number of quantities per panel, with two rails each and with one line each."""
_ONE_LINE = 6
"""Maximum number of phases whose names fit beside each other; more are slanted."""
_SHADES = ("#F3F3F3", "#FFFFFF")


def step_figure(recording: Recording, features: Sequence[str] = ()) -> Figure:
    """Draw the concentrations during the phases of one training step.

    All phases have the same width, since their durations differ by more than a factor of ten: the time axis
    is piecewise linear, with the times at the borders of phases. If a panel has too many quantities, those
    that change most are shown and the others are counted.

    Parameters
    ----------
    recording : Recording
        As returned by `Executable.record`.
    features : sequence of str
        Names of the columns of the data, shown with the quantities that belong to them.
    """
    circuit = recording.program.circuit
    label = Labels(circuit, features)
    adjoints = [adjoint_of(z) for z in circuit.system.states]
    errors_and_adjoints = [v for v in (*circuit.errors, *adjoints) if is_recorded(recording, v)]
    learning = _learning(recording)
    collected = [p for p in learning if is_recorded(recording, gradient_of(p))]
    hidden = len(circuit.trained_parameters) - len(learning)
    positions = _positions(recording)
    figure = new_figure(PAGE_WIDTH, 6.4)
    with paper_style():
        panels = figure.subplots(4, 1, sharex=True)
        draw_states(panels[0], recording, positions, label)
        shown = most_moving(recording, errors_and_adjoints, _LINES)
        traces = [(label(v), recording.signed(v)) for v in shown]
        draw_traces(panels[1], positions, traces, len(errors_and_adjoints) - len(shown))
        gradients = [(label(p), recording.signed(gradient_of(p))) for p in collected]
        draw_traces(panels[2], positions, gradients, hidden)
        changes = [(label(p), since_start(recording.signed(p))) for p in learning]
        draw_traces(panels[3], positions, changes, hidden)
        second = "error, adjoint" if len(errors_and_adjoints) > circuit.outputs else "error"
        labels = ("state rails", second, "gradient", "parameter change")
        for panel, name in zip(panels, labels, strict=True):
            panel.set_ylabel(f"{name}\n(concentration)")
            _shade_phases(panel, len(recording.boundaries))
        _time_axis(panels, recording)
        figure.align_ylabels(panels)
    return figure


def _learning(recording: Recording) -> list[Variable]:
    """Return the parameters with the largest gradients or, without gradient species, changes."""
    parameters = recording.program.circuit.trained_parameters
    if not is_recorded(recording, gradient_of(parameters[0])):
        return list(most_moving(recording, parameters, _LINES))
    moving = most_moving(recording, [gradient_of(p) for p in parameters], _LINES)
    return [p for p in parameters if gradient_of(p) in moving]


def _positions(recording: Recording) -> NDArray[np.float64]:
    """Return the position of each time on the axis: phase k is between k and k + 1."""
    edges = [start for _, start, _ in recording.boundaries] + [recording.boundaries[-1][2]]
    return np.interp(recording.times, edges, np.arange(len(edges)))


def is_recorded(recording: Recording, variable: Variable) -> bool:
    """Return whether the species of a variable are recorded."""
    return all(name in recording.species for name, _ in recording.program.rails.of(variable))


def most_moving(recording: Recording, variables: Iterable[Variable], limit: int) -> tuple[Variable, ...]:
    """Return the `limit` variables with the largest range, in their original order."""
    ranges = {variable: float(np.ptp(recording.signed(variable))) for variable in variables}
    chosen = set(sorted(ranges, key=lambda variable: -ranges[variable])[:limit])
    return tuple(variable for variable in ranges if variable in chosen)


def since_start(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a trace minus its first value."""
    return values - values[0]


def draw_states(panel: Axes, recording: Recording, positions: NDArray[np.float64], label: Labels) -> None:
    """Draw the species of the states, positive rails solid and negative rails dashed."""
    states = recording.program.circuit.integrated
    shown = most_moving(recording, states, _STATES)
    for colour, state in zip(PALETTE, shown, strict=False):
        panel.plot([], [], color=colour, label=label(state))
        for species, sign in recording.program.rails.of(state):
            values = recording.values[:, recording.species.index(species)]
            panel.plot(
                positions,
                values,
                color=colour,
                linewidth=0.9,
                linestyle="-" if sign > 0 else "--",
                gid=species,
            )
    panel.plot([], [], color=BLACK, linewidth=0.9, linestyle="-", label="positive rail")
    panel.plot([], [], color=BLACK, linewidth=0.9, linestyle="--", label="negative rail")
    legend_beside(panel, len(states) - len(shown))


def draw_traces(
    panel: Axes,
    positions: NDArray[np.float64],
    traces: Sequence[tuple[str, NDArray[np.float64]]],
    hidden: int,
) -> None:
    """Draw signed quantities; identical ones share a line and its legend entry."""
    panel.axhline(0.0, color=GREY, linewidth=0.4, zorder=1)
    for colour, (label, values) in zip(PALETTE, distinct(traces), strict=False):
        panel.plot(positions, values, color=colour, label=label)
    legend_beside(panel, hidden)


def legend_beside(panel: Axes, hidden: int) -> None:
    """Add the legend to the right of a panel, with the number of quantities that are not shown."""
    if hidden:
        panel.plot([], [], linestyle="none", label=f"and {hidden} more")
    panel.legend(loc="upper left", bbox_to_anchor=(1.005, 1.05), borderaxespad=0.0)


def _shade_phases(panel: Axes, count: int) -> None:
    for k in range(count):
        panel.axvspan(k, k + 1, color=_SHADES[k % 2], linewidth=0.0, zorder=0)


def _time_axis(panels: Sequence[Axes], recording: Recording) -> None:
    """Label the phases above the panels, and the times of their borders below."""
    names, starts, ends = zip(*recording.boundaries, strict=True)
    times = (*starts, ends[-1])
    slanted = len(names) > _ONE_LINE
    for k, name in enumerate(names):
        panels[0].annotate(
            name, (k + (0.2 if slanted else 0.5), 1.0), xycoords=("data", "axes fraction"), xytext=(0, 4),
            textcoords="offset points", ha="left" if slanted else "center", va="bottom", fontsize=8.0,
            rotation=30.0 if slanted else 0.0, rotation_mode="anchor",
        )  # fmt: skip
    panels[-1].set_xlim(0, len(names))
    panels[-1].set_xticks(range(len(times)), [f"{time:g}" for time in times])
    panels[-1].set_xlabel("time (each phase to its own scale)")
