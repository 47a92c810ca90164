"""Comparison of learning chemistries on one task."""

from neuralcrn.studies.comparison.plan import ComparisonPlan, make_comparison
from neuralcrn.studies.comparison.report import Comparison, Row
from neuralcrn.studies.comparison.running import run_comparison

__all__ = ["Comparison", "ComparisonPlan", "Row", "make_comparison", "run_comparison"]
