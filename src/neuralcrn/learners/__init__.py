"""Learning chemistries with their sources, by name.

A learner plans a training on a task, or refuses it with a reason. `neuralcrn compare` trains all of them on
one task.

>>> from neuralcrn.learners import LEARNERS
>>> LEARNERS["perceptron"].plan("xor").circuit
'perceptron'
>>> LEARNERS["neural-crn-linear"].source
'Nagipogu and Reif, arXiv 2409.00034, ACS Synthetic Biology (2025)'
"""

from neuralcrn.learners.base import Learner, Published
from neuralcrn.learners.catalogue import LEARNERS
from neuralcrn.learners.circuit import CircuitLearner
from neuralcrn.learners.hebbian import HebbianNeuron, HebbianRun
from neuralcrn.learners.in_silico import InSilicoLearner, InSilicoModel

__all__ = [
    "LEARNERS",
    "CircuitLearner",
    "HebbianNeuron",
    "HebbianRun",
    "InSilicoLearner",
    "InSilicoModel",
    "Learner",
    "Published",
]
