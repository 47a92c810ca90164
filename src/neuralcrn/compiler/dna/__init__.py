"""DNA strand displacement: compile a formal network to reactions of DNA strands."""

from neuralcrn.compiler.dna.conditions import DnaConditions, suggest_conditions
from neuralcrn.compiler.dna.forks import split_products
from neuralcrn.compiler.dna.network import DnaNetwork, compile_dna
from neuralcrn.compiler.dna.program import dna_phases, dna_program

__all__ = [
    "DnaConditions",
    "DnaNetwork",
    "compile_dna",
    "dna_phases",
    "dna_program",
    "split_products",
    "suggest_conditions",
]
