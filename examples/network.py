"""Simulate a network
==================

Any mass-action network can be simulated. This example is the Lotka-Volterra oscillator, written as text.
"""

import numpy as np

import neuralcrn
from neuralcrn.plots import legend_above, new_figure, paper_style

network = neuralcrn.parse_network("""
    Prey -> 2 Prey              [k = 1]
    Prey + Hunter -> 2 Hunter   [k = 0.5]
    Hunter -> 0                 [k = 1]
    Prey @initial 4
    Hunter @initial 1
""")
trajectory = neuralcrn.simulate(network, 30.0, np.linspace(0.0, 30.0, 600))
figure = new_figure(5.0, 2.6)
with paper_style():
    legend_above(trajectory.plot(figure.subplots()), 2)
