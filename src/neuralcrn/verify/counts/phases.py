"""Counted phases, and those that all circuits have in common: hinge loss, exchange of errors, and update."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, final

from neuralcrn.chemistry.network import Counts
from neuralcrn.compiler import Circuit
from neuralcrn.compiler.optimiser import is_collected

Quantities = frozenset[str]
"""Names of groups of species."""


class CountedPhase(NamedTuple):
    """The number of reactions of a phase, and the quantities that take part in them."""

    name: str
    reactions: int
    quantities: Quantities


def counts_of(phases: Iterable[CountedPhase], sizes: Mapping[str, int]) -> dict[str, Counts]:
    """Return species and reactions of every phase with reactions, and of the whole ``program``.

    The species of a phase are those of its reactions, so a species in several phases is counted in each of
    them, but only once for the program.

    Parameters
    ----------
    phases : iterable of CountedPhase
        All phases.
    sizes : mapping of str to int
        Number of species of every quantity.
    """
    counted = [phase for phase in phases if phase.reactions]
    counts = {p.name: Counts(sum(sizes[q] for q in p.quantities), p.reactions) for p in counted}
    used = frozenset[str]().union(*(phase.quantities for phase in counted))
    total = sum(phase.reactions for phase in counted)
    return {**counts, "program": Counts(sum(sizes[q] for q in used), total)}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Updates:
    """Options of loss and optimiser that determine the size of what follows the measurement of errors, and of
    the update.

    Attributes
    ----------
    kind : str
        ``accumulate``, ``transfer`` or ``direct``.
    discards : bool
        Whether an accumulating update has a reaction G -> 0, which requires a rate below 1.
    decays : bool
        Whether the update reduces every parameter by a fraction.
    chopped : bool
        Whether rails are exchanged in every second sample.
    collected : bool
        Whether gradients are used after their sample, by momentum or batches.
    hinged : bool
        Whether the loss is the squared hinge loss.
    """

    kind: str = "accumulate"
    discards: bool = True
    decays: bool = False
    chopped: bool = False
    collected: bool = False
    hinged: bool = False

    @classmethod
    def of(cls, circuit: Circuit) -> Updates:
        """Return the options of a circuit."""
        return cls(
            kind=circuit.update,
            discards=circuit.learning_rate / circuit.batch < 1.0,
            decays=circuit.decay > 0.0,
            chopped=circuit.optimiser == "chop",
            collected=is_collected(circuit),
            hinged=circuit.loss == "squared-hinge",
        )

    @property
    def error(self) -> str:
        """The quantity from which the backward path starts."""
        return "e_x" if self.chopped else self._unsafe

    @property
    def _unsafe(self) -> str:
        """The error that is not on the safe side."""
        return "e_h" if self.hinged else "e"

    def sizes(self, outputs: int, parameters: int) -> dict[str, int]:
        """Return the sizes of labels, errors and collected gradients, with two rails each."""
        return {**dict.fromkeys(("l", "e", "e_h", "e_x"), 2 * outputs), "m": 2 * parameters}

    def errors(self, outputs: int) -> Iterator[CountedPhase]:
        """Yield the phases between the measurement of the errors and the backward path.

        For the hinge loss the rails of labels annihilate, and one rail of an error meets one of its label in
        two reactions. The chopper converts the two rails of an error, in each orientation.
        """
        if self.hinged:
            yield CountedPhase("label", outputs, frozenset({"l"}))
            yield CountedPhase("hinge", 2 * outputs, frozenset({"l", "e", "e_h"}))
        if self.chopped:
            for name in ("exchange-straight", "exchange-crossed"):
                yield CountedPhase(name, 2 * outputs, frozenset({self._unsafe, "e_x"}))

    def phases(self, count: int, parameters: Quantities, gradients: Quantities) -> Iterator[CountedPhase]:
        """Yield the phases of the update of a number of parameters.

        A conversion has two reactions per parameter, one for each rail, and annihilation one.
        """
        conversion, decay = 2 * count, 2 * count * self.decays
        source = frozenset({"m"}) if self.collected else gradients
        corrected = parameters | source
        match self.kind:
            case "direct":
                yield CountedPhase("update", count + decay, parameters)
                return
            case "accumulate":
                discarded = conversion * self.discards
                yield CountedPhase("update", conversion + discarded + decay + count, corrected)
                return
            case _:
                pass
        if self.collected:
            for name in ("collect-straight", "collect-crossed"):
                yield CountedPhase(name, conversion, gradients | source)
        alternating = self.chopped and not self.collected
        for name in ("update-straight", "update-crossed") if alternating else ("update",):
            yield CountedPhase(name, conversion + decay, corrected)
        yield CountedPhase("settle", count, parameters)
