"""Two clocks
==========

The period of a leaky ring decreases without bound, so training with it drifts. A restored ring has a limit
cycle. Both have five species.
"""

import neuralcrn
from neuralcrn.plots import legend_above, new_figure, paper_style

figure = new_figure(5.0, 2.6)
with paper_style():
    axes = figure.subplots()
    for name in ("ring-5", "restored-5"):
        report = neuralcrn.report_clock(neuralcrn.CLOCKS.find(name), cycles=300)
        axes.plot(range(1, len(report.periods) + 1), report.periods, label=name)
    axes.set(xlabel="cycle", ylabel="period (time)", ylim=(0.0, None))
    legend_above(axes, 2)
