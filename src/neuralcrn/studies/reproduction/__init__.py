"""Reproduction of the publication over many seeds, with further experiments, as one report.

>>> from neuralcrn.studies.reproduction import find_experiment
>>> find_experiment("xor-cubic").spec.circuit
'cubic'
"""

from neuralcrn.studies.reproduction.build import build_report
from neuralcrn.studies.reproduction.experiments import Experiment
from neuralcrn.studies.reproduction.plan import ReportPlan, make_plan
from neuralcrn.studies.reproduction.trainings import EXPERIMENTS, find_experiment

__all__ = ["EXPERIMENTS", "Experiment", "ReportPlan", "build_report", "find_experiment", "make_plan"]
