"""Learning rules
==============

The same task, circuit, samples and initial weights with four learning rules. First-order gradients hold
states and adjoint constant, which needs fewer reactions.
"""

import neuralcrn
from neuralcrn.circuits import supported_rules
from neuralcrn.plots import legend_above, new_figure, paper_style

figure = new_figure(5.0, 3.0)
with paper_style():
    axes = figure.subplots()
    for mode in supported_rules("quadratic"):
        chosen = {"rule": mode, "horizon": 0.5, "learning_rate": 0.6, "epochs": 50}
        trained = neuralcrn.train_task("bilinear", "quadratic", **chosen)
        reactions = trained.trainer.program.reaction_count
        losses = [row.validation_loss for row in trained.metrics]
        axes.plot(range(1, 51), losses, label=f"{mode}: {reactions} reactions")
    axes.set(xlabel="epoch", ylabel="validation loss (concentration²)", yscale="log")
    legend_above(axes, 2)
