"""One training step
=================

Concentrations during one training step, phase by phase: states are integrated forward, output and target
annihilate and leave the error, states are integrated backwards while the adjoint produces gradients, and the
gradients update the weights.
"""

import neuralcrn
from neuralcrn.plots import step_figure

trained = neuralcrn.train_task("bilinear", "quadratic", epochs=5)
train = trained.trainer.task.train
step = trained.trainer.executable.record(trained.state.pot, train.features[0], train.targets[0])
figure = step_figure(step)
