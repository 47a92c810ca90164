"""Is the strand displacement the formal network? Asked of crnverifier, with a time limit.

crnverifier (of the Nuskell compiler; the extra `dna`) decides two notions of equivalence that look at which
reactions can follow each other and not at rates: bisimulation (Johnson, Dong and Winfree 2019,
doi:10.1016/j.tcs.2018.01.002) and pathway decomposition (Shin, Thachuk and Winfree 2019,
doi:10.1016/j.tcs.2017.10.011). Both searches can take for ever, so each runs in a process of its own:
``python -m neuralcrn.analysis.verification``, JSON in, JSON out.
"""

from __future__ import annotations

import importlib.util
import json
import math
import subprocess
import sys
from collections.abc import Collection
from enum import StrEnum
from typing import Any

from neuralcrn.chemistry import Network
from neuralcrn.chemistry.reaction import Complex
from neuralcrn.compiler import DnaNetwork
from neuralcrn.compiler.dna_gates import FUELS
from neuralcrn.errors import InvalidValueError, SimulationError, UnknownNameError, printable

METHODS = ("bisimulation", "pathways")


class Verdict(StrEnum):
    """What came out."""

    VERIFIED = "verified"
    REFUTED = "refuted"
    TIMEOUT = "timeout"


def verify_dna(dna: DnaNetwork, method: str = "bisimulation", *, seconds: float = 30.0) -> Verdict:
    """Tell whether the strand displacement carries out the formal network; fuels are always there.

    Parameters
    ----------
    dna : DnaNetwork
        As `compile_dna` makes it.
    method : str
        ``bisimulation`` or ``pathways``.
    seconds : float, s
        Time limit.

    Raises
    ------
    InvalidValueError
        If crnverifier is not installed, or the time limit is not positive.
    UnknownNameError
        If there is no such method.
    SimulationError
        If crnverifier fails.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> from neuralcrn.compiler import DnaConditions, compile_dna
    >>> annihilation = parse_network("P + N -> 0")
    >>> dna = compile_dna(annihilation, DnaConditions(unit_concentration=1e-8, unit_time=1000.0))
    >>> print(verify_dna(dna))
    verified
    """
    fuels = {name for name, role in dna.roles.items() if role in FUELS}
    return verify_networks(dna.formal, dna.network, method, constant=fuels, seconds=seconds)


def verify_networks(
    formal: Network,
    actual: Network,
    method: str = "bisimulation",
    *,
    constant: Collection[str] = (),
    seconds: float = 30.0,
) -> Verdict:
    """Tell whether one network carries out another; species of the same name stand for each other.

    Parameters
    ----------
    formal, actual : Network
        What is to be carried out, and what does it.
    method : str
        ``bisimulation`` or ``pathways``.
    constant : collection of str
        Species that are always there, left out of the second network.
    seconds : float, s
        Time limit.

    Raises
    ------
    InvalidValueError
        If crnverifier is not installed, or the time limit is not positive.
    UnknownNameError
        If there is no such method.
    SimulationError
        If crnverifier fails.
    """
    if method not in METHODS:
        raise UnknownNameError("method", method, METHODS)
    if not 0.0 < seconds < math.inf:
        raise InvalidValueError(f"seconds = {seconds}: the time limit must be positive and finite")
    if importlib.util.find_spec("crnverifier") is None:
        raise InvalidValueError("verification needs crnverifier: pip install 'neuralcrn[dna]'")
    question = {
        "method": method,
        "formal": _listed(formal, ()),
        "actual": _listed(actual, constant),
        "species": formal.species,
    }
    command = [sys.executable, "-m", "neuralcrn.analysis.verification"]
    try:
        done = subprocess.run(
            command, input=json.dumps(question), capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return Verdict.TIMEOUT
    if done.returncode:
        reason = printable(done.stderr.strip().rpartition("\n")[2], 300)
        raise SimulationError(f"crnverifier failed ({method}): {reason}")
    return Verdict.VERIFIED if json.loads(done.stdout) else Verdict.REFUTED


def _listed(network: Network, without: Collection[str]) -> list[list[list[str]]]:
    """Return reactions as crnverifier takes them: two lists of molecules each."""

    def molecules(side: Complex) -> list[str]:
        return [name for name, count in side.terms if name not in without for _ in range(count)]

    return [[molecules(r.reactants), molecules(r.products)] for r in network.reactions]


def _answer(question: dict[str, Any]) -> bool:
    """Ask crnverifier; this runs in the other process."""
    formal, actual, species = question["formal"], question["actual"], set(question["species"])
    if question["method"] == "pathways":
        from crnverifier.pathway_decomposition import pathway_decomposition_eq

        return bool(pathway_decomposition_eq([formal, actual], species))
    from crnverifier.crn_bisimulation import crn_bisimulation_test

    # A signal means itself; without this, one that takes the place of another would pass too.
    meaning = {name: [name] for name in species}
    found, _ = crn_bisimulation_test(formal, actual, species, interpretation=meaning)
    return bool(found)


if __name__ == "__main__":
    json.dump(_answer(json.load(sys.stdin)), sys.stdout)
