"""Before and after
================

Predictions of a regression, :math:`y = x_1 x_2 + x_2^2`, before and after training. The first call of a
callback contains the state before the first sample.
"""

import neuralcrn
from neuralcrn.plots import prediction_figure

history = []
trained = neuralcrn.train_task("bilinear", "quadratic", callback=history.append)
task = trained.trainer.task
features, targets = task.validation.features, task.validation.targets
before = trained.trainer.predict(history[0].state, features)
figure = prediction_figure(targets, before, trained.predict(features), task.name)
