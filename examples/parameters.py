"""Parameters during training
==========================

Each parameter of a circuit is the difference of two concentrations, its rails. The figure shows the nine
weights of the dense quadratic circuit as a function of the epoch.
"""

import neuralcrn
from neuralcrn.plots import parameter_figure

trained = neuralcrn.train_task("bilinear", "quadratic-dense", epochs=60)
circuit = trained.trainer.program.circuit
figure = parameter_figure(trained.metrics, [str(p) for p in circuit.trained_parameters])
