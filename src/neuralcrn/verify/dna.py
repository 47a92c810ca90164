"""Equivalence of strand displacement and formal network, decided by crnverifier with a time limit.

crnverifier (part of the Nuskell compiler; extra `dna`) decides two notions of equivalence that do not depend
on rates: bisimulation (Johnson, Dong and Winfree 2019, doi:10.1016/j.tcs.2018.01.002) and pathway
decomposition (Shin, Thachuk and Winfree 2019, doi:10.1016/j.tcs.2017.10.011). Both can take arbitrarily long,
so each runs in a separate process: ``python -m neuralcrn.verify.dna``, with JSON as input and output.
"""

from __future__ import annotations

import importlib.util
import json
import math
import subprocess
import sys
from collections.abc import Collection, Iterable
from enum import StrEnum
from itertools import chain
from typing import Any

from neuralcrn.chemistry import Reaction
from neuralcrn.chemistry.reaction import Complex
from neuralcrn.compiler import DnaNetwork
from neuralcrn.compiler.dna.gates import FUELS
from neuralcrn.errors import InvalidValueError, SimulationError, UnknownNameError, printable

METHODS = ("modules", "bisimulation", "pathways")
"""Bisimulation gate by gate, possible for any size; bisimulation of the whole network; pathway
decomposition.
"""

_Listed = list[list[list[str]]]
"""Reactions in the format of crnverifier: two lists of molecules each."""


class Verdict(StrEnum):
    """Result of a verification."""

    VERIFIED = "verified"
    REFUTED = "refuted"
    TIMEOUT = "timeout"


def verify_dna(dna: DnaNetwork, method: str = "modules", *, seconds: float = 30.0) -> Verdict:
    """Verify that strand displacement implements its formal network; fuels are assumed to be always present.

    Parameters
    ----------
    dna : DnaNetwork
        Result of `compile_dna`.
    method : str
        ``modules``, ``bisimulation`` or ``pathways``.
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
    if method not in METHODS:
        raise UnknownNameError("method", method, METHODS)
    if not 0.0 < seconds < math.inf:
        raise InvalidValueError(f"seconds = {seconds}: the time limit must be positive and finite")
    if importlib.util.find_spec("crnverifier") is None:
        raise InvalidValueError("verification needs crnverifier: pip install 'neuralcrn[dna]'")
    question = {
        "method": method,
        "formal": [_listed([gate.formal], ()) for gate in dna.gates],
        "actual": _modules(dna),
        # crnverifier looks up every signal in the reactions; signals without reactions are omitted.
        "species": list(dict.fromkeys(name for gate in dna.gates for name in gate.formal.species)),
    }
    # -P: no imports from the current folder
    command = [sys.executable, "-P", "-m", "neuralcrn.verify.dna"]
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


def _modules(dna: DnaNetwork) -> list[_Listed]:
    """Return the reactions of each gate, with the buffers of its inputs unless they belong to an earlier
    gate.
    """
    fuels = {name for name, role in dna.roles.items() if role in FUELS}
    owner = {name: i for i, gate in enumerate(dna.gates) for name in gate.roles}
    for buffer in dna.buffers:
        place = next(i for i, gate in enumerate(dna.gates) if buffer.signal in gate.inputs)
        owner |= dict.fromkeys(buffer.roles, place)
    modules: list[list[Reaction]] = [[] for _ in dna.gates]
    for reaction in dna.network.reactions:
        modules[next(owner[name] for name in reaction.species if name in owner)].append(reaction)
    return [_listed(reactions, fuels) for reactions in modules]


def _listed(reactions: Iterable[Reaction], without: Collection[str]) -> _Listed:
    def molecules(side: Complex) -> list[str]:
        return [name for name, count in side.terms if name not in without for _ in range(count)]

    return [[molecules(r.reactants), molecules(r.products)] for r in reactions]


def _answer(question: dict[str, Any]) -> bool:
    """Run crnverifier; called in the separate process."""
    from crnverifier.crn_bisimulation import crn_bisimulation_test, modular_crn_bisimulation_test
    from crnverifier.pathway_decomposition import pathway_decomposition_eq

    species = set(question["species"])
    # Every signal must be interpreted as itself; otherwise an exchange of signals would be accepted.
    meaning = {name: [name] for name in species}
    if question["method"] == "modules":
        found, _ = modular_crn_bisimulation_test(
            question["formal"], question["actual"], species, interpretation=meaning
        )
        return bool(found)
    formal, actual = (list(chain.from_iterable(question[side])) for side in ("formal", "actual"))
    if question["method"] == "pathways":
        return bool(pathway_decomposition_eq([formal, actual], species))
    return bool(crn_bisimulation_test(formal, actual, species, interpretation=meaning)[0])


if __name__ == "__main__":
    json.dump(_answer(json.load(sys.stdin)), sys.stdout)
