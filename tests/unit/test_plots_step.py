"""The picture of a training step shows the recording, phase by phase."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes

from neuralcrn.compiler import gradient_of
from neuralcrn.display import name_latex
from neuralcrn.engines import Recording
from neuralcrn.learning import train_task
from neuralcrn.plots import save, step_figure


def recorded(task: str, circuit: str) -> Recording:
    trained = train_task(task, circuit, epochs=2)
    samples = trained.trainer.task.train
    return trained.trainer.executable.record(
        trained.state.pot, samples.features[0], samples.targets[0], points=15
    )


@pytest.fixture(scope="module")
def recording() -> Recording:
    return recorded("xor", "cubic-quadratic")


def drawn(axes: Axes) -> dict[str, np.ndarray]:
    """Return the curves of a panel, without the lines at zero and those that are there for the legend."""
    return {
        str(line.get_gid() or line.get_label()): np.asarray(line.get_ydata())
        for line in axes.lines
        if len(np.asarray(line.get_xdata())) > 2
    }


def test_the_time_axis_gives_every_phase_the_same_width(recording: Recording):
    figure = step_figure(recording)
    lines = [line for axes in figure.axes for line in axes.lines if len(np.asarray(line.get_xdata())) > 2]
    count = len(recording.boundaries)
    for line in lines:
        position = np.asarray(line.get_xdata())
        assert np.all(np.diff(position) >= 0.0)
        np.testing.assert_allclose(
            position.reshape(count, -1)[:, [0, -1]], [[k, k + 1] for k in range(count)]
        )
    bottom = figure.axes[-1]
    ends = [0.0, *(end for _, _, end in recording.boundaries)]
    assert [float(label.get_text()) for label in bottom.get_xticklabels()] == pytest.approx(ends)
    assert [text.get_text() for text in figure.axes[0].texts] == [name for name, _, _ in recording.boundaries]


def test_panels_show_the_recorded_concentrations(recording: Recording):
    circuit = recording.program.circuit
    states, errors, gradients, parameters = map(drawn, step_figure(recording).axes)
    rails = recording.program.rails.species(circuit.system.states)
    assert set(states) == set(rails)
    for species in rails:
        np.testing.assert_array_equal(states[species], recording.values[:, recording.species.index(species)])
    np.testing.assert_array_equal(errors["$e_{1}$"], recording.signed(circuit.errors[0]))
    assert ", ".join(gradients).split(", ") == sorted(", ".join(parameters).split(", "))
    named = {f"${name_latex(p.species)}$": p for p in circuit.trained_parameters}
    for panel, quantity in ((gradients, gradient_of), (parameters, lambda p: p)):
        for label, drawn_values in panel.items():
            for name in label.split(", "):  # on top of each other
                values = recording.signed(quantity(named[name]))
                error = np.abs(drawn_values - (values if panel is gradients else values - values[0])).max()
                assert error <= 0.011 * max(map(np.ptp, panel.values()))


def test_what_is_not_shown_is_counted(recording: Recording, tmp_path):
    figure = step_figure(recording)
    circuit = recording.program.circuit
    for axes in figure.axes[2:]:
        legend = axes.get_legend()
        assert legend is not None
        shown = drawn(axes)
        assert len(legend.get_texts()) == len(shown) + 1
        assert len(", ".join(shown).split(", ")) == 6
        assert legend.get_texts()[-1].get_text() == f"and {len(circuit.trained_parameters) - 6} more"
    save(figure, tmp_path / "step.png")


def test_a_circuit_without_adjoint_species_shows_its_error_alone(tmp_path):
    figure = step_figure(recorded("linear-regression", "linear"))
    assert figure.axes[1].get_ylabel() == "error\n(concentration)"
    assert list(drawn(figure.axes[1])) == ["$e_{1}$"]
    save(figure, tmp_path / "step.png")


def test_columns_of_the_data_stand_beside_their_symbols(recording: Recording):
    figure = step_figure(recording, ["floor area", "a $ column with a long name"])
    legends = [axes.get_legend() for axes in figure.axes]
    said = [[text.get_text() for text in legend.get_texts()] if legend else [] for legend in legends]
    assert said[0][:3] == ["$z_{1}$ floor area", r"$z_{2}$ a \$ column with…", "$z_{3}$"]
    named = ", ".join(said[2])
    assert r"$\theta_{1,1}$ floor area" in named
    assert all(text.startswith("$") or "more" in text for text in said[2])
    # names that the compiler would give are not repeated
    plain = step_figure(recording, ["x1", "x2"]).axes[0].get_legend()
    assert plain is not None
    assert [text.get_text() for text in plain.get_texts()][:2] == ["$z_{1}$", "$z_{2}$"]
