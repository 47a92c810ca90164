"""Every figure: nothing is written beyond its edge, and phases look like no species."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, product

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from neuralcrn.chemistry import Network, Reaction
from neuralcrn.compiler import DnaConditions, compile_dna
from neuralcrn.compiler.pot.clocks import CLOCKS
from neuralcrn.engines import Recording
from neuralcrn.learning import Metrics, pack, train_task
from neuralcrn.plots import (
    confusion_figure,
    cycle_figure,
    data_figure,
    decision_figure,
    loss_figure,
    parameter_figure,
    prediction_figure,
    spread_figure,
    step_figure,
)
from neuralcrn.plots.style import PALETTE, PHASES
from neuralcrn.studies.clock import ClockReport, Steadiness, clock_figure, sample_cycles
from neuralcrn.studies.dna import compare_dna, dna_figure
from neuralcrn.studies.robustness import Case, RobustnessReport, make_sweep, robustness_figure
from neuralcrn.studies.robustness.scoring import Score
from neuralcrn.tasks import xor

LONG = "a column with a very long name, as people have them in their files"
TIMES = np.linspace(0.0, 10.0, 50)
WAVES = {f"C{k}": 1.0 + np.sin(TIMES + k) for k in range(9)}
EPOCHS = [Metrics(k, 1e-5 * k, 3e-5 / k, 0.5, 0.6, 1.0, pack(k * np.arange(40.0))) for k in range(1, 30)]


def recorded(level: str) -> Recording:
    trained = train_task("bilinear", "quadratic", level=level, epochs=1)
    train = trained.trainer.task.train
    return trained.trainer.executable.record(
        trained.state.pot, train.features[0], train.targets[0], points=30
    )


def clock() -> Figure:
    chosen = CLOCKS.find("restored-9")
    steady = Steadiness.of(np.full(3, chosen.period))
    report = ClockReport(chosen.name, 9, 27, 2.0, 3, 3, steady, (chosen.period,) * 3, (), (), (), ())
    return clock_figure(chosen, report, sample_cycles(chosen, points=50))


def parameters(name: str) -> Figure:
    names = [f"{array}[{i},{j}]" for array in ("theta", "phi") for i in range(5) for j in range(4)]
    label = (lambda v: f"${v.name}_{{{v.index[0]},{v.index[1]}}}$ {name[:16]}") if name else None
    return parameter_figure(EPOCHS, names, *([label] if label else []))


def dna() -> Figure:
    chain = [Reaction.of({f"C{k}": 1}, {f"C{k + 1}": 1}, rate=1.0 + k) for k in range(8)]
    compiled = compile_dna(
        Network.of(chain, {"C0": 1.0}), DnaConditions(unit_concentration=1e-8, unit_time=2e4)
    )
    return dna_figure(compare_dna(compiled, 3.0, points=50))


def robustness(*circuits: str) -> Figure:
    strengths = dict.fromkeys(("rates", "leaks", "doses", "ssa"), (0.1,))
    sweep = make_sweep("bilinear", circuits, strengths=strengths, seeds=1, epochs=1)
    scores = {t: Score(0.9, 0.1, "" if t.case == Case() else "it diverged") for t in sweep.trials}
    return robustness_figure(RobustnessReport(sweep, scores))


FIGURES: dict[str, Callable[[], Figure]] = {
    "loss": lambda: loss_figure(EPOCHS),
    "parameters": lambda: parameters(""),
    "parameters of columns": lambda: parameters(LONG),
    "step": lambda: step_figure(recorded("staged"), [LONG, LONG]),
    "cycle": lambda: cycle_figure(recorded("autonomous"), [LONG, LONG]),
    "clock": clock,
    "dna": dna,
    "decision": lambda: decision_figure(xor(0), lambda x: x[:, :1], xor(0).test, resolution=5),
    "data": lambda: data_figure(xor(0)),
    "prediction": lambda: prediction_figure(1e4 * TIMES, 3e4 * TIMES, 1e4 * TIMES, LONG, LONG),
    "confusion": lambda: confusion_figure([0, 1], [1, 1], ["setosa", "versicolor"], LONG),
    "spread": lambda: spread_figure({LONG: [0.8, 0.9], "XOR": [0.7]}, {"XOR": 0.75}, "accuracy"),
    "robustness": lambda: robustness("quadratic"),
    "robustness of five": lambda: robustness(*(f"quadratic:horizon=0.{k},decay=0.01" for k in range(1, 6))),
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_is_written_beyond_the_edge(name: str) -> None:
    figure = FIGURES[name]()
    figure.draw_without_rendering()
    drawn, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert min(drawn.x0, drawn.y0) > -0.01
    assert drawn.x1 < width + 0.01
    assert drawn.y1 < height + 0.01


@pytest.mark.parametrize("name", ["parameters", "parameters of columns", "step", "dna", "loss", "clock"])
def test_every_entry_of_a_legend_has_a_look_of_its_own(name: str) -> None:
    for axes in FIGURES[name]().axes:
        legend = axes.get_legend()
        if legend is not None:
            looks = [
                (line.get_color(), line.get_linestyle(), line.get_linewidth())
                for line in legend.get_lines()
                if line.get_linestyle() != "None"
            ]
            assert len(set(looks)) == len(looks)


def lab(colour: str) -> np.ndarray:
    """Return a colour in CIELAB (D65), where distances are differences that people see."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]] @ linear
    f = np.cbrt(xyz / [0.9505, 1.0, 1.089])
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_phases_look_like_no_species_and_like_no_other_phase() -> None:
    for one, other in [*product(PHASES, PALETTE), *combinations(PHASES, 2), *combinations(PALETTE, 2)]:
        assert np.linalg.norm(lab(one) - lab(other)) > 20.0, (one, other)
    figure = clock()
    gates, species = figure.axes[:2]
    bands = {to_rgb(band.get_facecolor()[0][:3]) for band in gates.collections}
    assert bands == {to_rgb(colour) for colour in PHASES}
    assert bands.isdisjoint({to_rgb(line.get_color()) for line in species.lines})
