"""Networks whose rate constants and initial concentrations are formulas of named parameters."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry.network import Network
from neuralcrn.chemistry.values import checked_name, shown
from neuralcrn.errors import InvalidValueError, NetworkError, UnknownNameError, printable

if TYPE_CHECKING:
    from neuralcrn.algebra import Expression

Matrix = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True)
class ParametricNetwork:
    r"""A network with parameters.

    Use `ParametricNetwork.of`, `neuralcrn.chemistry.parse_parametric`, or a reader of a format.

    Parameters
    ----------
    network : Network
        The network at the nominal values.
    parameters : tuple of str, length n_parameters
        Unique names, none of them the name of a species.
    nominal : tuple of float
        Nominal values of the parameters.
    rates : tuple of Expression, length n_reactions
        Rate constants, formulas of the parameters.
    initial : tuple of Expression, length n_species
        Initial concentrations, formulas of the parameters.

    Raises
    ------
    NetworkError
        If the parts are inconsistent, or a formula contains a name that is not a parameter.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_parametric
    >>> decay = parse_parametric("parameter k = 2\nA -> B [k = k]\nA @initial 3")
    >>> print(decay.at({"k": 5.0}))
    A -> B [k = 5]
    A @initial 3
    >>> of_rates, of_initial = decay.derivatives(decay.nominal)
    >>> of_rates.tolist(), of_initial.tolist()
    ([[1.0]], [[0.0], [0.0]])
    """

    network: Network
    parameters: tuple[str, ...]
    nominal: tuple[float, ...]
    rates: tuple[Expression, ...]
    initial: tuple[Expression, ...]

    def __post_init__(self) -> None:
        sizes = {
            "nominal values": (len(self.nominal), len(self.parameters), "parameters"),
            "rates": (len(self.rates), len(self.network.reactions), "reactions"),
            "initial values": (len(self.initial), len(self.network.species), "species"),
        }
        for kind, (got, wanted, of) in sizes.items():
            if got != wanted:
                raise NetworkError(f"{got} {kind} for {wanted} {of}: give one for each")
        names = set(map(checked_name, self.parameters))
        if len(names) < len(self.parameters):
            raise NetworkError(f"a parameter is listed twice in {', '.join(self.parameters)}: list each once")
        for name in sorted(names.intersection(self.network.species)):
            raise NetworkError(f"{name} is a parameter and a species: rename one of them")
        for formula in (*self.rates, *self.initial):
            for name in sorted(formula.names - names):
                raise NetworkError(
                    f"{printable(name)} in {printable(str(formula))} is not a parameter: "
                    f"the parameters are {', '.join(self.parameters)}"
                )

    @classmethod
    def of(cls, network: Network) -> ParametricNetwork:
        """Return a network with its own constants as parameters: k1, k2, ... and the positive initial values.

        The initial concentration of A is the parameter ``A_0``.

        Examples
        --------
        >>> from neuralcrn.chemistry import parse_network
        >>> text = "A -> B [k = 2]" + chr(10) + "B -> A [k = 1]" + chr(10) + "A @initial 3"
        >>> ParametricNetwork.of(parse_network(text)).parameters
        ('k1', 'k2', 'A_0')
        """
        from neuralcrn.algebra import Expression

        nominal = {f"k{i}": reaction.rate for i, reaction in enumerate(network.reactions, start=1)}
        rates = tuple(map(Expression.name, nominal))
        initial: list[Expression] = []
        for species, value in zip(network.species, network.initial, strict=True):
            name = f"{species}_0"
            initial.append(Expression.name(name) if value else Expression.number(0.0))
            if value:
                nominal[name] = value
        return cls(network, tuple(nominal), tuple(nominal.values()), rates, tuple(initial))

    def at(self, values: Mapping[str, float] | Sequence[float] | Matrix) -> Network:
        """Return the network at values of the parameters.

        Parameters
        ----------
        values : mapping from str to float, or array-like of shape (n_parameters,)
            Values by name, the others nominal; or all values in order.

        Raises
        ------
        UnknownNameError
            If a name is not a parameter.
        InvalidValueError
            If a rate constant or initial concentration is negative or not finite at these values.
        """
        rates, initial = self._constants(values)
        reactions = tuple(
            reaction if formula.constant is not None else reaction.k(rate)
            for reaction, formula, rate in zip(self.network.reactions, self.rates, rates, strict=True)
        )
        return replace(self.network, reactions=reactions, initial=tuple(initial))

    def constants(self, values: Mapping[str, float] | Sequence[float] | Matrix) -> tuple[Matrix, Matrix]:
        """Return the rate constants and the initial concentrations of `at`, without the network.

        Returns
        -------
        rates : ndarray, shape (n_reactions,)
        initial : ndarray, shape (n_species,)
        """
        rates, initial = (np.array(numbers) + 0.0 for numbers in self._constants(values))  # no -0.0
        if not all(np.all((numbers >= 0.0) & (numbers < np.inf)) for numbers in (rates, initial)):
            self.at(values)  # says which one is invalid
        return rates, initial

    def _constants(
        self, values: Mapping[str, float] | Sequence[float] | Matrix
    ) -> tuple[list[float], list[float]]:
        known = self.values(values)
        rates = [
            reaction.rate if formula.constant is not None else float(formula.evaluate(known))
            for reaction, formula in zip(self.network.reactions, self.rates, strict=True)
        ]
        return rates, [float(formula.evaluate(known)) for formula in self.initial]

    def derivatives(
        self, values: Mapping[str, float] | Sequence[float] | Matrix, names: Iterable[str] | None = None
    ) -> tuple[Matrix, Matrix]:
        """Return the derivatives of rate constants and initial concentrations by parameters.

        Parameters
        ----------
        values : mapping from str to float, or array-like of shape (n_parameters,)
            See `at`.
        names : iterable of str, optional
            Parameters; the default is all.

        Returns
        -------
        rates : ndarray, shape (n_reactions, n_names)
        initial : ndarray, shape (n_species, n_names)
        """
        known = self.values(values)
        chosen = self.parameters if names is None else tuple(names)
        for name in chosen:
            self._check(name)
        return _derivatives(self.rates, chosen, known), _derivatives(self.initial, chosen, known)

    def values(self, values: Mapping[str, float] | Sequence[float] | Matrix) -> dict[str, float]:
        """Return the value of every parameter by its name; see `at`."""
        if isinstance(values, Mapping):
            for name in values:
                self._check(name)
            return {**dict(zip(self.parameters, self.nominal, strict=True)), **values}
        numbers = np.asarray(values, dtype=np.float64)
        if numbers.shape != (len(self.parameters),):
            raise InvalidValueError(
                f"values of parameters have shape {shown(numbers.shape)}: give one for each of "
                f"{', '.join(self.parameters)}"
            )
        return dict(zip(self.parameters, numbers.tolist(), strict=True))

    def _check(self, name: str) -> None:
        if name not in self.parameters:
            raise UnknownNameError("parameter", name, self.parameters)


def _derivatives(
    formulas: tuple[Expression, ...], names: tuple[str, ...], known: Mapping[str, float]
) -> Matrix:
    """Return derivatives, shape (n_formulas, n_names)."""
    result = np.zeros((len(formulas), len(names)))
    for row, column, derivative in _nonzero(formulas, names):
        result[row, column] = derivative.evaluate(known)
    return result


@functools.lru_cache(maxsize=256)
def _nonzero(
    formulas: tuple[Expression, ...], names: tuple[str, ...]
) -> tuple[tuple[int, int, Expression], ...]:
    """Return the derivatives that are not zero everywhere, with row and column."""
    return tuple(
        (row, names.index(name), formula.derivative(name))
        for row, formula in enumerate(formulas)
        for name in sorted(formula.names & set(names))
    )
