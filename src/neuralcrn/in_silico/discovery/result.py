"""Reactions found from data: network, rate constants, and what the data do not identify."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Complex, Network, Reaction, conservation_laws
from neuralcrn.display import Displayed, Document, Paragraph, Table
from neuralcrn.engines import Trajectory, simulate
from neuralcrn.errors import SimulationError
from neuralcrn.in_silico.discovery.experiments import Experiment
from neuralcrn.in_silico.discovery.mechanism import GAS_CONSTANT, Mechanism
from neuralcrn.in_silico.discovery.refit import Refit

Matrix = NDArray[Any]

_CORRELATED = 0.95
"""Correlation of two constants that is reported."""
_SAME = 0.02
"""Relative range of a conserved total that is reported."""
_UNCERTAIN = 0.2
"""Relative standard error that is reported."""


@final
@dataclass(frozen=True, slots=True)
class NetVector:
    """What all reactions with the same reactants change together.

    Attributes
    ----------
    source : Complex
        The reactants.
    changes : mapping from str to float
        Change of each species, in units of concentration / (time * monomial); species that do not change
        are left out.
    alternative : tuple of Reaction
        Other reactions of this source with the same net vector; the data cannot tell them apart from those of
        the result.
    """

    source: Complex
    changes: dict[str, float]
    alternative: tuple[Reaction, ...]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Discovery(Displayed):
    """Result of `discover`.

    Attributes
    ----------
    method : str
        ``regression`` or ``crnn``.
    fitted : Refit
        The reactions, their constants with errors, and the initial concentrations of the experiments.
    check : Refit or None
        The same reactions in the experiments that were held out, of which only the initial concentrations are
        fitted; None if there are none.
    tried : tuple of (int, float)
        Numbers of source complexes and costs per measurement of the elimination.
    experiments : tuple of Experiment
        The experiments of the fit.
    held : tuple of Experiment
        The experiments that were held out.
    """

    method: str
    fitted: Refit
    check: Refit | None
    tried: tuple[tuple[int, float], ...]
    experiments: tuple[Experiment, ...]
    held: tuple[Experiment, ...]

    @property
    def held_out(self) -> float | None:
        """Root mean square error in experiments that were held out, in units of the noise."""
        return None if self.check is None else self.check.rms

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the experiments of the fit."""
        return tuple(experiment.name for experiment in self.experiments)

    @property
    def held_names(self) -> tuple[str, ...]:
        """Names of the experiments that were held out."""
        return tuple(experiment.name for experiment in self.held)

    def simulations(self, points: int = 200) -> tuple[tuple[Experiment, Trajectory | None], ...]:
        """Return all experiments with their simulations, None if one stops early; those held out are last.

        Parameters
        ----------
        points : int
            Number of equally spaced times, from the first to the last measurement.
        """
        starts = self.fitted.starts + (() if self.check is None else self.check.starts)
        return tuple(
            (experiment, self._simulation(experiment, start, points))
            for experiment, start in zip((*self.experiments, *self.held), starts, strict=True)
        )

    def _simulation(self, experiment: Experiment, start: Matrix, points: int) -> Trajectory | None:
        cold = 0.0 if experiment.temperature is None else 1.0 / experiment.temperature
        network = self.mechanism.network(cold - self.mechanism.reference, start)
        end = float(experiment.times[-1] - experiment.times[0])
        try:
            return simulate(network, end, np.linspace(0.0, end, points))
        except SimulationError:
            return None

    @property
    def mechanism(self) -> Mechanism:
        """Reactions with the constants at the reference temperature."""
        return self.fitted.mechanism

    @property
    def network(self) -> Network:
        """The reactions, with the initial concentrations of the first experiment."""
        return self.mechanism.network(0.0, self.fitted.starts[0])

    @property
    def errors(self) -> Matrix:
        """Standard errors of the rate constants."""
        return self.fitted.errors[: len(self.mechanism.reactions)] * self.mechanism.rates

    @property
    def temperature(self) -> float | None:
        """Reference temperature in K, if temperatures were given."""
        return 1.0 / self.mechanism.reference if self.mechanism.reference else None

    @property
    def activation_energies(self) -> tuple[tuple[float, float], ...]:
        """Activation energies with their standard errors, kJ/mol; empty without temperatures."""
        errors = self.fitted.errors[len(self.mechanism.reactions) :]
        energies = zip(self.mechanism.activation, errors, strict=True)
        return tuple((GAS_CONSTANT * e, GAS_CONSTANT * float(error)) for e, error in energies)

    @property
    def net_vectors(self) -> tuple[NetVector, ...]:
        """Net vectors of all source complexes; they are all that is identified of the reactions."""
        groups: dict[frozenset[tuple[str, int]], list[Reaction]] = {}
        for reaction in self.mechanism.reactions:
            groups.setdefault(frozenset(reaction.reactants.terms), []).append(reaction)
        return tuple(_net_vector(group, self.mechanism.species) for group in groups.values())

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is poorly determined, in sentences."""
        return tuple(_warnings(self.fitted))

    def document(self) -> Document:
        """Return reactions, net vectors, and what is not identified."""
        held = "no experiment was held out" if self.held_out is None else f"held out {self.held_out:.3f}"
        count = len(self.mechanism.reactions)
        first = (
            f"{count} reaction{'s' * (count > 1)} found in silico by {self.method}; error in units of "
            f"the noise: fitted {self.fitted.rms:.3f}, {held}."
        )
        head, *warnings = (*self.warnings, "") if self.warnings else ("",)
        parts = [Paragraph(f"{head} {first}".strip()), *(Paragraph(text) for text in warnings if text)]
        energies = self.activation_energies
        columns = ("reaction", "k", "standard error")
        title = "" if self.temperature is None else f"k at {self.temperature:.2f} K, energies in kJ/mol"
        if energies:
            columns = (*columns, "activation energy", "standard error")
        reactions = Table.of(
            columns, range(len(self.mechanism.reactions)), lambda i: self._row(i, energies), title=title
        )
        vectors = Table.of(
            ("reactants", "net vector", "not distinguished from"),
            self.net_vectors,
            _vector_row,
            title="Reactions with the same reactants are identified only by their sum",
        )
        return Document.of(*parts, reactions, vectors)

    def _row(self, place: int, energies: tuple[tuple[float, float], ...]) -> tuple[str, ...]:
        reaction = self.mechanism.reactions[place]
        cells = (_equation(reaction), f"{reaction.rate:.4g}", f"{self.errors[place]:.2g}")
        return (*cells, *(f"{value:.4g}" for value in energies[place])) if energies else cells

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain values."""
        return {
            "trained": "in silico",
            "method": self.method,
            "reactions": [
                {"reaction": _equation(reaction), "k": reaction.rate, "standard_error": float(error)}
                for reaction, error in zip(self.mechanism.reactions, self.errors, strict=True)
            ],
            "temperature": self.temperature,
            "activation_energies": [list(pair) for pair in self.activation_energies],
            "net_vectors": [
                {
                    "reactants": str(vector.source),
                    "changes": vector.changes,
                    "not_distinguished_from": list(map(str, vector.alternative)),
                }
                for vector in self.net_vectors
            ],
            "error": self.fitted.rms,
            "held_out_error": self.held_out,
            "experiments": list(self.names),
            "held_out": list(self.held_names),
            "elimination": [list(step) for step in self.tried],
            "warnings": list(self.warnings),
        }


def _net_vector(reactions: list[Reaction], species: tuple[str, ...]) -> NetVector:
    changes = {name: sum(r.rate * r.net_change.get(name, 0) for r in reactions) for name in species}
    kept = {name: float(change) for name, change in changes.items() if change}
    return NetVector(reactions[0].reactants, kept, _alternative(reactions))


def _alternative(reactions: list[Reaction]) -> tuple[Reaction, ...]:
    """Return other reactions with the same sum."""
    if len(reactions) > 1:  # their products can be exchanged in proportion to the rate constants
        first, second, *rest = reactions
        both = first.products.as_complex() + second.products.as_complex()
        total, less = first.rate + second.rate, min(first.rate, second.rate)
        larger = first if first.rate >= second.rate else second
        if both.terms and total > 2.0 * less:
            kept = Reaction(first.reactants, larger.products, total - 2.0 * less)
            none = Reaction(first.reactants, Complex(), less) if first.reactants.terms else None
            if none is not None:
                return (kept, Reaction(first.reactants, both, less), none, *rest)
        return ()
    (reaction,) = reactions
    products = reaction.products.coefficients
    if products:  # half of the molecules make one more of a product, half one less
        name = max(products, key=lambda product: reaction.net_change.get(product, 0))
        more, fewer = dict(products), dict(products)
        more[name] += 1
        fewer[name] -= 1
        sides = (Complex.of({n: c for n, c in side.items() if c}) for side in (fewer, more))
        return tuple(
            Reaction(reaction.reactants, side, reaction.rate / 2.0)
            for side in sides
            if side.terms or reaction.reactants.terms
        )
    doubled = reaction.reactants + reaction.reactants  # X -> 0 at 2 k with X -> 2 X at k
    return (
        Reaction(reaction.reactants, Complex(), 2.0 * reaction.rate),
        Reaction(reaction.reactants, doubled, reaction.rate),
    )


def _warnings(fitted: Refit) -> Iterator[str]:
    names = [f"k of {_equation(reaction)}" for reaction in fitted.mechanism.reactions]
    for name, error in zip(names, fitted.errors, strict=False):
        if error > _UNCERTAIN:
            yield f"{name} is known only within {100.0 * error:.0f} %."
    spread = np.sqrt(np.maximum(np.diag(fitted.covariance), 1e-300))
    correlation = fitted.covariance / np.outer(spread, spread)
    for i in range(len(names)):
        for j in range(i):
            if abs(correlation[i, j]) > _CORRELATED:
                yield f"{names[j]} and {names[i]} are correlated ({correlation[i, j]:.2f})."
    network = fitted.mechanism.network()
    for law in conservation_laws(network):
        totals = np.array(fitted.starts) @ np.array(law)
        if np.ptp(totals) <= _SAME * np.abs(totals).max():
            total = " + ".join(
                name if count == 1 else f"{count} {name}"
                for name, count in zip(network.species, law, strict=True)
                if count
            )
            yield f"{total} is the same in all experiments: products with it are not told apart; vary it."
    if not math.isfinite(fitted.cost):
        yield "The reactions could not be simulated."


def _vector_row(vector: NetVector) -> tuple[str, ...]:
    changes = " ".join(f"{change:+.4g} {name}" for name, change in vector.changes.items())
    return (
        str(vector.source),
        changes,
        ", ".join(f"{_equation(r)} at {r.rate:.4g}" for r in vector.alternative),
    )


def _equation(reaction: Reaction) -> str:
    return f"{reaction.reactants} -> {reaction.products}"
