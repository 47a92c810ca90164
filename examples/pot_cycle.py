"""One cycle of a pot
==================

A training step in one pot with a chemical clock, from one dose to the next. All phases are switched by the
clock.
"""

import neuralcrn
from neuralcrn.plots import cycle_figure

trained = neuralcrn.train_task("bilinear", "quadratic", level="autonomous", epochs=2)
pot, train = trained.state.pot, trained.trainer.task.train
cycle = trained.trainer.executable.record(pot, train.features[0], train.targets[0], points=400)
figure = cycle_figure(cycle)
