"""Parameters that learn
=====================

The parameters of a circuit are concentrations, one rail minus the other. These are the nine weights of the
dense quadratic circuit over the epochs of a training.
"""

import neuralcrn
from neuralcrn.plots import parameter_figure

trained = neuralcrn.train_task("bilinear", "quadratic-dense", epochs=60)
circuit = trained.trainer.lowered.program.circuit
figure = parameter_figure(trained.metrics, [str(p) for p in circuit.trained_parameters])
