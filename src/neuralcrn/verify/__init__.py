"""Verification of circuits: certificates, closed formulas of counts, comparison with other programs.

A certificate measures whether the chemistry of a circuit computes what its equations define:

>>> from neuralcrn.verify import certify, compare_with_published
>>> from neuralcrn.circuits import make_circuit
>>> certificate = certify(make_circuit("quadratic", inputs=1, rule="first-order"), samples=1)
>>> certificate.passed, certificate.check("counts").note
(True, '16 species, 29 reactions, as the closed formula')
>>> print(compare_with_published()[0])
linear (exact) feedforward: published 6N, ours 6N, equal
"""

from neuralcrn.verify.certificate import Certificate, Check, Errors
from neuralcrn.verify.certification import certify, program_errors
from neuralcrn.verify.counts import (
    STRUCTURES,
    Dimensions,
    LayeredDimensions,
    Structure,
    Updates,
    closed_counts,
    dimensions_of,
    expected_counts,
    has_closed_counts,
    layered_counts,
)
from neuralcrn.verify.executor_checks import check_executor
from neuralcrn.verify.measurement import Measurement, PlayedPhase, Sample, draw_samples, measure
from neuralcrn.verify.published import Comparison, compare_with_published, formula
from neuralcrn.verify.rule_checks import check_rule

__all__ = [
    "STRUCTURES",
    "Certificate",
    "Check",
    "Comparison",
    "Dimensions",
    "Errors",
    "LayeredDimensions",
    "Measurement",
    "PlayedPhase",
    "Sample",
    "Structure",
    "Updates",
    "certify",
    "check_executor",
    "check_rule",
    "closed_counts",
    "compare_with_published",
    "dimensions_of",
    "draw_samples",
    "expected_counts",
    "formula",
    "has_closed_counts",
    "layered_counts",
    "measure",
    "program_errors",
]
