"""Everything that looks on: certificates, exact mathematics, counts.

A certificate measures whether the chemistry of a circuit computes what its equations say:

>>> from neuralcrn.analysis import certify, compare_with_published
>>> from neuralcrn.circuits import make_circuit
>>> certificate = certify(make_circuit("quadratic", inputs=1, gradient="first-order"), samples=1)
>>> certificate.passed, certificate.check("counts").note
(True, '16 species, 29 reactions, as the closed formula')
>>> print(compare_with_published()[0])
linear (exact) feedforward: published 6N, ours 6N, equal
"""

from neuralcrn.analysis.baselines import baselines
from neuralcrn.analysis.certificate import Accuracy, Certificate, Check, certify
from neuralcrn.analysis.clock_cycles import Cycles, follow, gate_values, sample_cycles
from neuralcrn.analysis.clock_report import (
    ClockReport,
    GateReport,
    Overlap,
    Steadiness,
    measured_overlap,
    refuse_unfit_clock,
    report_clock,
    tolerated_overlap,
)
from neuralcrn.analysis.clock_responses import Response
from neuralcrn.analysis.counts import (
    STRUCTURES,
    Dimensions,
    Structure,
    closed_counts,
    dimensions_of,
    expected_counts,
)
from neuralcrn.analysis.disturbances import DISTURBANCES, Disturbance, disturb, find_disturbance
from neuralcrn.analysis.dna import DnaComparison, FuelUse, compare_dna, fuel_budget
from neuralcrn.analysis.dna_training import DnaTraining, compare_training
from neuralcrn.analysis.gradient_study import GradientRow, study_gradients
from neuralcrn.analysis.growth_study import GrowthRow, GrowthSlopes, growth_slopes, study_growth
from neuralcrn.analysis.measurement import Measurement, PlayedPhase, Sample, draw_samples, measure
from neuralcrn.analysis.pot_certificate import PotAccuracy, PotCertificate, certify_pot
from neuralcrn.analysis.published import Comparison, compare_with_published, formula
from neuralcrn.analysis.rule_checks import check_rule
from neuralcrn.compiler.oracle import Oracle, Solution

__all__ = [
    "DISTURBANCES",
    "STRUCTURES",
    "Accuracy",
    "Certificate",
    "Check",
    "ClockReport",
    "Comparison",
    "Cycles",
    "Dimensions",
    "Disturbance",
    "DnaComparison",
    "DnaTraining",
    "FuelUse",
    "GateReport",
    "GradientRow",
    "GrowthRow",
    "GrowthSlopes",
    "Measurement",
    "Oracle",
    "Overlap",
    "PlayedPhase",
    "PotAccuracy",
    "PotCertificate",
    "Response",
    "Sample",
    "Solution",
    "Steadiness",
    "Structure",
    "baselines",
    "certify",
    "certify_pot",
    "check_rule",
    "closed_counts",
    "compare_dna",
    "compare_training",
    "compare_with_published",
    "dimensions_of",
    "disturb",
    "draw_samples",
    "expected_counts",
    "find_disturbance",
    "follow",
    "formula",
    "fuel_budget",
    "gate_values",
    "growth_slopes",
    "measure",
    "measured_overlap",
    "refuse_unfit_clock",
    "report_clock",
    "sample_cycles",
    "study_gradients",
    "study_growth",
    "tolerated_overlap",
]
