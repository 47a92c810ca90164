"""A decision map
==============

XOR learned by a perceptron of 32 units, the default circuit: the output of the chemistry as a function of two
input concentrations. Every point of the map is a simulation of the trained feedforward and readout reactions.
Circles mark misclassified samples.
"""

import neuralcrn
from neuralcrn.plots import decision_figure

trained = neuralcrn.train_task("xor")
task = trained.trainer.task
figure = decision_figure(task, trained.predict, task.train)
