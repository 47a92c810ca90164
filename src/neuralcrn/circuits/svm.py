"""Linear support vector machine: a linear map of the inputs, learned with the squared hinge loss.

::

    feedforward    z <- x                                X -> X + Z
    readout        e <- W z + b, from e = -y             Z + W -> Z + W + E
    error          the two rails of e annihilate
    label, hinge   errors on the safe side are dropped   `neuralcrn.compiler.hinge`
    gradients      g_w <- e_h z,  g_b <- e_h
    update         W and b are corrected by g, and decay

Weight decay by the fraction d and the rate eta minimise ``|W|^2/2 + b^2/2 + C sum max(0, 1 - y (W x + b))^2``
with ``C = eta / (2 d n)`` for n samples and targets of -1 and 1: at rest d W = -(eta / n) sum e x. This is
the machine of scikit-learn's ``LinearSVC``. Support vector machines as reactions: arXiv 2503.19115. The
reactions are ours: the published ones could not be read.
"""

from __future__ import annotations

from neuralcrn.circuits.equations import EquationFamily
from neuralcrn.circuits.family import Options
from neuralcrn.circuits.initial import Distribution

SVM = EquationFamily(
    name="svm",
    summary="linear support vector machine: the inputs as they are, with the squared hinge loss",
    represents="Linear functions of the inputs with an intercept, as a boundary between two classes.",
    equation="x",
    shapes={},
    states=lambda inputs: inputs,
    padded=False,
    readout_bias=True,
    rules=("backpropagation",),
    defaults=Options(
        trained_readout=True,
        rule="backpropagation",
        loss="squared-hinge",
        update="transfer",
        learning_rate=0.1,
        decay=1e-3,
    ),
    initial={"w": Distribution("constant", 0.0), "b": Distribution("constant", 0.0)},
)
