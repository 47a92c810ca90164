"""Reactions found from measured time courses, by regression or gradient training, in silico.

>>> from neuralcrn.in_silico.discovery import CASES, discover
>>> found = discover(CASES["1"].generate(seed=0), hold_out=1 / 3)
>>> sorted(f"{reaction.reactants} -> {reaction.products}" for reaction in found.network.reactions)
['2 A -> B', 'A -> C', 'B + D -> E', 'C -> D']
"""

from neuralcrn.in_silico.discovery.cases import CASES, Case, find_case
from neuralcrn.in_silico.discovery.crnn import CrnnSettings
from neuralcrn.in_silico.discovery.discover import METHODS, discover
from neuralcrn.in_silico.discovery.experiments import Experiment
from neuralcrn.in_silico.discovery.result import Discovery, NetVector
from neuralcrn.in_silico.discovery.tables import experiments_csv, read_experiments

__all__ = [
    "CASES",
    "METHODS",
    "Case",
    "CrnnSettings",
    "Discovery",
    "Experiment",
    "NetVector",
    "discover",
    "experiments_csv",
    "find_case",
    "read_experiments",
]
