"""The registry of learners; other packages add theirs by entry points of the group ``neuralcrn.learners``."""

from __future__ import annotations

from types import MappingProxyType

from neuralcrn.learners.base import Learner, Published
from neuralcrn.learners.circuit import CircuitLearner
from neuralcrn.learners.hebbian import HebbianLearner
from neuralcrn.learners.rate_independent import RateIndependentLearner
from neuralcrn.registry import Registry

_NEURAL_CRN = "Nagipogu and Reif, arXiv 2409.00034, ACS Synthetic Biology (2025)"
_GRID = "accuracy on the test grid"
_HELD = "validation accuracy"
_LOSS = "validation loss"

_NEURAL_CRNS = (
    CircuitLearner(
        name="neural-crn-linear",
        summary="linear regression and classification by a neural ODE with one weight per input",
        source=_NEURAL_CRN,
        circuit="linear",
        rule="exact",
        published=(
            Published("linear-regression", _LOSS, "0.119"),
            Published("linear-classification", _GRID, "0.944"),
        ),
    ),
    CircuitLearner(
        name="neural-crn-quadratic",
        summary="a neural ODE with a quadratic leak, exact adjoint",
        source=_NEURAL_CRN,
        circuit="quadratic",
        rule="exact",
        published=(Published("bilinear", _LOSS, "0.119"),),
    ),
    CircuitLearner(
        name="neural-crn-first-order",
        summary="a neural ODE with a quadratic leak, first-order gradients, linear in the number of inputs",
        source=_NEURAL_CRN,
        circuit="quadratic",
        rule="first-order",
        published=(Published("bilinear", _LOSS, "0.070"), Published("sin-square", _LOSS, "0.075")),
    ),
    CircuitLearner(
        name="neural-crn-cubic",
        summary="a neural ODE with a cubic leak; trimolecular",
        source=_NEURAL_CRN,
        circuit="cubic",
        rule="exact",
        published=(Published("xor", _GRID, "0.847"), Published("rings", _HELD, "0.726")),
    ),
    CircuitLearner(
        name="neural-crn-bimolecular",
        summary="the bimolecular approximation of the cubic circuit (linapprox)",
        source=_NEURAL_CRN,
        circuit="cubic-quadratic",
        rule="linear-reversal",
        published=(Published("xor", _GRID, "0.788"), Published("rings", _HELD, "0.822")),
    ),
    CircuitLearner(
        name="neural-crn-relu",
        summary="smooth rectifiers of the first version of the publication; trimolecular",
        source=_NEURAL_CRN,
        circuit="smooth-relu",
        rule="exact",
        published=(
            Published("xor", _GRID, "0.832"),
            Published("rings", _HELD, "0.935"),
            Published("and", _GRID, "0.914"),
            Published("or", _GRID, "0.874"),
            Published("iris", _HELD, "0.867"),
        ),
    ),
    CircuitLearner(
        name="neural-crn-mixing",
        summary="recurrent weights with a quadratic leak and a trained readout",
        source="this library, after arXiv 2409.00034",
        ours="the equation; the adjoint and its phases are those of the publication",
        circuit="mixing",
        rule="exact",
    ),
)
_LAYERED = (
    CircuitLearner(
        name="perceptron",
        summary="layers of rectifiers, learned by backpropagation",
        source="this library; of the kind of Lakin, Artificial Life 29, 308 (2023), and arXiv 2311.18313",
        ours="the reactions: rails that annihilate as rectifiers, the switch, complete transfers",
        circuit="perceptron",
        rule="backpropagation",
    ),
    CircuitLearner(
        name="perceptron-chopped",
        summary="the same, with rails of the error exchanged in every second sample",
        source="this library",
        ours="everything",
        circuit="perceptron",
        rule="backpropagation",
        options=MappingProxyType({"optimiser": "chop"}),
    ),
    CircuitLearner(
        name="leaky-rectifiers",
        summary="layers of leaky rectifiers, learned by backpropagation with a derivative switch",
        source="Lakin, Artificial Life 29, 308 (2023), doi 10.1162/artl_a_00405",
        ours="the reactions: rails that annihilate, the switch, complete transfers",
        circuit="perceptron",
        rule="backpropagation",
        options=MappingProxyType({"activation": "leaky-relu"}),
    ),
    CircuitLearner(
        name="modules",
        summary="layers of sigmoids at equilibrium, learned by backpropagation module by module",
        source="Fan, Zhang, Gao, Dochain, arXiv 2311.18313, doi 10.1109/TAC.2025.3554428",
        ours="the reactions of the modules; exact quadratures except in the sigmoid",
        circuit="sigmoid",
        rule="modules",
        outputs_in=(0.0, 1.0),
    ),
    CircuitLearner(
        name="weight-perturbation",
        summary="layers of hyperbolic tangents, learned by perturbing one parameter after the other",
        source="Arredondo and Lakin (2022), doi 10.1109/TNNLS.2022.3146057",
        ours="the reactions, and a gradient of its own for every parameter",
        circuit="tanh",
        rule="weight-perturbation",
    ),
    CircuitLearner(
        name="linear-attention",
        summary="products of queries, keys and values, learned by backpropagation",
        source="Katharopoulos et al., arXiv 2006.16236",
        ours="all reactions: no chemistry of it has been published",
        circuit="linear-attention",
        rule="backpropagation",
    ),
    CircuitLearner(
        name="random-features",
        summary="a layer of rectifiers with random fixed weights; only the readout is learned",
        source="this library; an extreme learning machine",
        ours="the reactions",
        circuit="random-features",
        rule="backpropagation",
    ),
)

_OTHERS = (
    CircuitLearner(
        name="fixed-point",
        summary="smooth rectifiers at equilibrium in one pot without a clock, with slow training reactions",
        source="Kang and Kim, arXiv 2410.11919",
        ours="the equations for any f, the limit of the gradient, and the constants",
        circuit="fixed-point-network",
        rule="fixed-point",
    ),
    CircuitLearner(
        name="equilibrium-propagation",
        summary="a recurrent network with symmetric weights, learned from two nudged equilibria",
        source="Scellier and Bengio, arXiv 1602.05179; Laborieux et al., arXiv 2006.03824",
        ours="all reactions: no chemistry of it has been published",
        circuit="symmetric-network",
        rule="equilibrium-propagation",
        classes_only=True,
    ),
    CircuitLearner(
        name="forward-forward",
        summary="a layer of rectifiers that judges samples with their labels, without a backward path",
        source="Hinton, arXiv 2212.13345",
        ours="all reactions: no chemistry of it has been published",
        circuit="goodness-layer",
        rule="forward-forward",
        classes_only=True,
        one_output=True,
    ),
)
_NEURONS: tuple[Learner, ...] = (
    CircuitLearner(
        name="svm",
        summary="a linear support vector machine with the squared hinge loss",
        source="arXiv 2503.19115",
        ours="all reactions, in particular the hinge without a comparator",
        circuit="svm",
        rule="backpropagation",
        classes_only=True,
    ),
    HebbianLearner(),
    CircuitLearner(
        name="multiplicative-weights",
        summary="one layer of weights that are multiplied after mistakes; the largest score wins",
        source="arXiv 2603.12060",
        ours="the competition, the species of the sums, and the phases",
        circuit="multiplicative-weights",
        rule="multiplicative-weights",
        classes_only=True,
    ),
    CircuitLearner(
        name="winner-take-all",
        summary="weights that patterns activate together with their label, in one pass; the largest sum wins",
        source="Cherry and Qian, Nature 645, 639 (2025), doi:10.1038/s41586-025-09479-w",
        ours="the stages, late reporters, rate constants",
        circuit="winner-take-all",
        rule="winner-take-all",
        classes_only=True,
    ),
)
_SWITCHES = "Nurdin and Nijhuis, arXiv 2508.15451"
_BANKS = tuple(
    CircuitLearner(
        name=name,
        summary=summary,
        source=source,
        ours="recursive least squares as reactions, and all constants",
        circuit=name,
        rule="recursive-least-squares",
    )
    for name, summary, source in (
        ("switches", "a cascade of molecular switches with memory, and a learned readout", _SWITCHES),
        ("parallel-switches", "parallel molecular switches with memory, and a learned readout", _SWITCHES),
        ("chemical-synapse", "a cascade of leaky states driven by conductances", "this library"),
        ("electrical-synapse", "a cascade of linear filters", "this library"),
    )
)

_IN_SILICO = (RateIndependentLearner(),)

LEARNERS: Registry[Learner] = Registry(
    "learner", "learners", (*_NEURAL_CRNS, *_LAYERED, *_OTHERS, *_NEURONS, *_BANKS, *_IN_SILICO), Learner
)
"""All learners by name."""
