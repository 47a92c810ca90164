"""Comparison of strand displacement with the formal network: signals, fuels, training."""

from neuralcrn.studies.dna.comparison import DnaComparison, FuelUse, compare_dna, fuel_budget
from neuralcrn.studies.dna.figure import dna_figure
from neuralcrn.studies.dna.training import DnaTraining, compare_training

__all__ = [
    "DnaComparison",
    "DnaTraining",
    "FuelUse",
    "compare_dna",
    "compare_training",
    "dna_figure",
    "fuel_budget",
]
