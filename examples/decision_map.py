"""A decision map
==============

XOR learned by the publication's bimolecular circuit: the output of the chemistry over the plane of two
concentrations. Every point of the map is a simulation of the trained feedforward and readout reactions;
ringed samples are classified wrongly.
"""

import neuralcrn
from neuralcrn.plots import decision_figure

trained = neuralcrn.train_task("xor", "cubic-quadratic")
task = trained.trainer.task
figure = decision_figure(task, trained.predict, task.train)
