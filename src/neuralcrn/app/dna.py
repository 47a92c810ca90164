"""Compilation of a network or circuit to DNA strand displacement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from neuralcrn.app.dna_report import FAILED, DnaReport
from neuralcrn.app.sources import Source
from neuralcrn.errors import InvalidValueError, SimulationError
from neuralcrn.status import OnStatus, Status, ignore_status

if TYPE_CHECKING:
    from neuralcrn.chemistry import Network
    from neuralcrn.compiler import Circuit, DnaConditions, DnaNetwork
    from neuralcrn.studies.dna import FuelUse

_ANNIHILATION = 5.0


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DnaOptions:
    """Units, limits and measurements.

    Attributes
    ----------
    unit_concentration : float, M
        Concentration of one formal unit.
    unit_time : float, s, optional
        Duration of one formal unit of time; by default sufficient for all reactions.
    fuel : float, M
        Concentration of every fuel.
    q_max : float, 1 / (M s)
        Rate constant of the fastest strand displacement.
    buffers : bool
        Whether buffers are added, so that all signals are slowed down equally.
    t_end : float, formal units of time, optional
        End time of a simulation of both levels, for errors and fuels.
    verify : float, s, optional
        Time limit per network for verification with crnverifier.
    products : int, optional
        Largest number of strands that a gate of a single network releases; see `split_products`.
    annihilation : float, optional
        Annihilation constant of a circuit, by default 5; large values increase the unit of time.
    seed : int
        Seed of the sample of the measured training step.
    """

    unit_concentration: float = 1e-8
    unit_time: float | None = None
    fuel: float = 1e-5
    q_max: float = 1e6
    buffers: bool = True
    t_end: float | None = None
    verify: float | None = None
    products: int | None = None
    annihilation: float | None = None
    seed: int = 0

    def conditions(self, networks: Sequence[Network]) -> DnaConditions:
        """Return the common conditions of all networks."""
        from neuralcrn.compiler import DnaConditions, suggest_conditions

        limits = {
            "unit_concentration": self.unit_concentration, "fuel": self.fuel, "q_max": self.q_max,
        }  # fmt: skip
        if self.unit_time is None:
            return suggest_conditions(*networks, **limits)
        return DnaConditions(unit_time=self.unit_time, **limits)


def dna(
    source: Source, options: DnaOptions | None = None, *, on_status: OnStatus = ignore_status
) -> DnaReport:
    """Compile a network to DNA strand displacement with the four-domain scheme.

    For a staged circuit every phase is compiled, and fuels are those of one training step; for a pot its
    single network is compiled.

    Parameters
    ----------
    source : Source
        A file or a circuit.
    options : DnaOptions, optional
        Units, limits and measurements.
    on_status : callable
        Called with the current simulation or verification; see `neuralcrn.app`.

    Raises
    ------
    UnknownNameError, InvalidValueError, ParseError, NetworkError
        If the source cannot be read, or an option does not apply to it.
    CompileError
        If a network cannot be compiled under these conditions.
    SimulationError
        If a simulation stops early.

    Examples
    --------
    >>> report = dna(Source("sum.crn", text="A + B -> C [k = 1]" + chr(10) + "A @initial 1"))
    >>> report.to_json()["networks"]["network"]["dna"]
    {'species': 11, 'reactions': 6}
    """
    chosen = options or DnaOptions()
    constants = {"annihilation": _ANNIHILATION if chosen.annihilation is None else chosen.annihilation}
    networks = source.networks(constants)
    if "" in networks and chosen.annihilation is not None:
        raise InvalidValueError(f"{source.name}: is a file: give annihilation with a circuit only")
    if "" in networks or source.options.level != "staged":
        (network,) = networks.values()
        report = _of_network(network, chosen, on_status)
    elif chosen.products is not None:
        raise InvalidValueError(
            f"products = {chosen.products}: {source.name} is a circuit with phases: leave it out, or choose "
            "the level autonomous"
        )
    elif chosen.t_end is not None:
        raise InvalidValueError(
            f"t_end = {chosen.t_end:g}: {source.name} is a circuit, and its phases end by themselves: leave "
            "it out, or choose the level autonomous"
        )
    else:
        on_status(Status("Simulating one training step for its fuels"))
        report = DnaReport(*_of_circuit(source.options.make(source.name, **constants), chosen))
    if chosen.verify is None:
        return report
    return report.with_verdicts(_verdicts(report.compiled, chosen.verify, on_status))


def _of_network(network: Network, options: DnaOptions, on_status: OnStatus) -> DnaReport:
    from neuralcrn.compiler import compile_dna
    from neuralcrn.compiler.dna import split_products
    from neuralcrn.studies.dna import compare_dna

    if options.products is not None:
        network = split_products(network, options.products)
    made = compile_dna(network, options.conditions([network]), buffers=options.buffers)
    if options.t_end is None:
        return DnaReport({"": made})
    on_status(Status("Simulating both levels"))
    comparison = compare_dna(made, options.t_end)
    return DnaReport({"": made}, comparison.fuels, comparison)


def _of_circuit(circuit: Circuit, options: DnaOptions) -> tuple[dict[str, DnaNetwork], tuple[FuelUse, ...]]:
    """Compile every phase, and measure the fuels of one training step with a random sample."""
    import numpy as np

    from neuralcrn.compiler.dna.program import dna_phases
    from neuralcrn.studies.dna import fuel_budget
    from neuralcrn.verify import draw_samples

    program = circuit.compile()
    conditions = options.conditions([phase.network for phase in program.phases])
    compiled = dna_phases(program, conditions, buffers=options.buffers)
    (sample,) = draw_samples(circuit, 1, np.random.default_rng(options.seed))
    return compiled, fuel_budget(program, conditions, sample, buffers=options.buffers)


def _verdicts(compiled: Mapping[str, DnaNetwork], seconds: float, on_status: OnStatus) -> dict[str, str]:
    """Return the result of crnverifier for each network, or the reason of its failure."""
    from neuralcrn.verify.dna import verify_dna

    verdicts: dict[str, str] = {}
    for name, made in compiled.items():
        on_status(Status(f"Verifying {name or 'the network'}"))
        try:
            verdicts[name] = str(verify_dna(made, seconds=seconds))
        except SimulationError as error:
            verdicts[name] = f"{FAILED}: {error}"
    return verdicts
