"""One training step
=================

What is in the pot while a circuit learns from one sample, phase by phase: states run forward, output and
target annihilate to the error, states run back while the adjoint makes gradients, and these correct the
weights.
"""

import neuralcrn
from neuralcrn.engines.native.recording import record_step
from neuralcrn.plots import step_figure

trained = neuralcrn.train_task("bilinear", "quadratic", epochs=5)
train = trained.trainer.task.train
step = record_step(trained.trainer.lowered, trained.state.pot, train.features[0], train.targets[0])
figure = step_figure(step)
