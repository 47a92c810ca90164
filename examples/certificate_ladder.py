"""Error as a function of the annihilation constant
================================================

A certificate repeats its comparison with exact mathematics at five annihilation constants. The error of a
correct circuit is inversely proportional to the constant. The error of a wrong reaction would not decrease.
"""

import neuralcrn
from neuralcrn.plots import legend_above, new_figure, paper_style

figure = new_figure(5.0, 3.2)
with paper_style():
    axes = figure.subplots()
    for name in ("quadratic", "cubic", "smooth-relu"):
        _, *ladder = neuralcrn.certify(neuralcrn.make_circuit(name), samples=1).convergence
        constants = [row.constant for row in ladder]
        axes.loglog(constants, [row.of["gradient"] for row in ladder], marker="o", label=name)
    axes.loglog(constants, [1.0 / k for k in constants], color="grey", linestyle="--", label="1 / k")
    axes.set(
        xlabel="annihilation constant k (1 / (concentration time))", ylabel="relative error of the gradient"
    )
    legend_above(axes, 4)
