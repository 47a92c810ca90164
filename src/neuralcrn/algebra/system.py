"""Systems of differential equations whose right-hand sides are signed polynomials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from neuralcrn.algebra.latex import system_latex
from neuralcrn.algebra.monomial import Factor, Monomial, Shape, Variable, elements_of
from neuralcrn.algebra.polynomial import Polynomial, without_signs
from neuralcrn.errors import InvalidValueError, UnknownNameError

_NOTHING: Mapping[str, Shape] = MappingProxyType({})


@dataclass(frozen=True, slots=True, repr=False)
class SignedSystem:
    """The equations dz/dt = f(z, x; theta), one per state, with polynomials in v and |v| as right-hand sides.

    Parameters
    ----------
    equations : tuple of (Variable, Polynomial)
        Each state and its rate of change.
    inputs, parameters : tuple of Variable
        Inputs are given with each sample, parameters are learned.
    non_negative : frozenset of str
        Names of arrays whose values are never negative. They need one rail, and |v| equals v.

    Raises
    ------
    InvalidValueError
        If a variable is declared twice or not at all, or if two variables would have the same species name.

    Examples
    --------
    >>> system = SignedSystem.parse("dz = theta*x + beta - z*abs(z)", states={"z": 2},
    ...                             inputs={"x": 2}, parameters={"theta": (2, 2), "beta": ()})
    >>> print(system)
    dz[0]/dt = theta[0,0]*x[0] + theta[0,1]*x[1] - z[0]*|z[0]| + beta
    dz[1]/dt = theta[1,0]*x[0] + theta[1,1]*x[1] - z[1]*|z[1]| + beta
    >>> system.shape_of("theta")
    (2, 2)
    """

    equations: tuple[tuple[Variable, Polynomial], ...]
    inputs: tuple[Variable, ...]
    parameters: tuple[Variable, ...]
    non_negative: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        _check_clashes(self.states, self.inputs, self.parameters)
        declared = (*self.states, *self.inputs, *self.parameters)
        names = {variable.name for variable in declared}
        for name in sorted(self.non_negative - names):
            raise InvalidValueError(f"non_negative: {UnknownNameError('name', name, names)}")
        plain = tuple((state, without_signs(f, self.non_negative)) for state, f in self.equations)
        known = frozenset(declared)
        for state, polynomial in plain:
            for variable in polynomial.variables:
                if variable not in known:
                    raise InvalidValueError(_undeclared(state, variable, names))
        object.__setattr__(self, "equations", plain)

    def __str__(self) -> str:
        return "\n".join(f"d{state}/dt = {polynomial}" for state, polynomial in self.equations)

    def __repr__(self) -> str:
        states, inputs, parameters = map(len, (self.states, self.inputs, self.parameters))
        return f"<SignedSystem: {states} states, {inputs} inputs, {parameters} parameters>"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {system_latex(self)}$"

    @property
    def states(self) -> tuple[Variable, ...]:
        """Variables on the left-hand sides, in their order."""
        return tuple(state for state, _ in self.equations)

    def shape_of(self, name: str) -> tuple[int, ...]:
        """Return the shape of a declared array, () for a scalar.

        Raises
        ------
        InvalidValueError
            If the name is not declared.
        """
        declared = (*self.states, *self.inputs, *self.parameters)
        indices = [variable.index for variable in declared if variable.name == name]
        if not indices:
            raise InvalidValueError(str(UnknownNameError("name", name, {v.name for v in declared})))
        return tuple(max(along) + 1 for along in zip(*indices, strict=True))

    @classmethod
    def parse(
        cls,
        text: str,
        *,
        states: Mapping[str, Shape],
        inputs: Mapping[str, Shape] = _NOTHING,
        parameters: Mapping[str, Shape] = _NOTHING,
        non_negative: Iterable[str] = (),
    ) -> SignedSystem:
        """Read equations in mathematical notation.

        A matrix times a vector or a matrix is the matrix product, the product of vectors of equal length is
        element-wise, and a scalar can be multiplied with any shape. Sums need equal shapes or a scalar.
        Elements such as `theta[0,1]` are counted from 0. The examples of the package show the notation.

        Parameters
        ----------
        text : str
            Equations `dz = ...`, `dz/dt = ...` or `z' = ...`, separated by newlines or semicolons.
        states, inputs, parameters : mapping of str to shape
            Names and their shapes: a length, a tuple of lengths, or () for a scalar.
        non_negative : iterable of str
            Names of variables that are never negative.

        Raises
        ------
        ParseError
            If the text does not follow the notation, with line and column.
        InvalidValueError
            If the declarations contradict each other.
        """
        # Imported here because the notation imports Lark, which is too slow for importing the
        # package.
        from neuralcrn.algebra.notation import read_equations

        given, learned = _all_elements(inputs), _all_elements(parameters)
        _check_clashes(_all_elements(states), given, learned)
        equations = read_equations(text, states, {**inputs, **parameters})
        return cls(equations, given, learned, frozenset(non_negative))


def jacobian_transpose_times(
    system: SignedSystem, adjoint: Mapping[Variable, Variable]
) -> dict[Variable, Polynomial]:
    """Return (df/dz)^T a, the right-hand side of the adjoint equations, for every state.

    Parameters
    ----------
    system : SignedSystem
        The equations dz/dt = f.
    adjoint : mapping of Variable to Variable
        The variable a_i of every state z_i.

    Raises
    ------
    InvalidValueError
        If a state has no adjoint, or a term contains |z| without z.

    Examples
    --------
    >>> system = SignedSystem.parse("dz = -z*|z|", states={"z": ()})
    >>> z = Variable("z")
    >>> print(jacobian_transpose_times(system, {z: Variable("a")})[z])
    -2*a*|z|
    """
    return parameter_gradient(system, adjoint, system.states)


def parameter_gradient(
    system: SignedSystem, adjoint: Mapping[Variable, Variable], parameters: Iterable[Variable]
) -> dict[Variable, Polynomial]:
    """Return sum_i (df_i/dp) a_i for each given parameter p, in one pass over the terms of f.

    Parameters
    ----------
    system : SignedSystem
        The equations dz/dt = f.
    adjoint : mapping of Variable to Variable
        The variable a_i of every state z_i.
    parameters : iterable of Variable
        Parameters to differentiate with respect to.

    Raises
    ------
    InvalidValueError
        If a state has no adjoint, or a term contains |p| without p.

    Examples
    --------
    >>> system = SignedSystem.parse("dz = w*x", states={"z": ()}, inputs={"x": ()}, parameters={"w": ()})
    >>> w = Variable("w")
    >>> print(parameter_gradient(system, {Variable("z"): Variable("a")}, [w])[w])
    a*x
    """
    weighted: list[tuple[Variable, Polynomial]] = []
    for state, polynomial in system.equations:
        if state not in adjoint:
            raise InvalidValueError(f"state {state} has no adjoint variable: map every state to one")
        weighted.append((adjoint[state], polynomial))
    return weighted_gradient(weighted, parameters)


def weighted_gradient(
    weighted: Iterable[tuple[Variable, Polynomial]], variables: Iterable[Variable]
) -> dict[Variable, Polynomial]:
    """Return sum_i a_i df_i/dv for each given variable v, in one pass over the terms of all f_i.

    Parameters
    ----------
    weighted : iterable of (Variable, Polynomial)
        The pairs (a_i, f_i).
    variables : iterable of Variable
        Variables to differentiate with respect to.

    Raises
    ------
    InvalidValueError
        If a term contains |v| without v.

    Examples
    --------
    >>> e, w, z = Variable("e"), Variable("w"), Variable("z")
    >>> print(weighted_gradient([(e, Polynomial.of(w) * Polynomial.of(z))], [w])[w])
    e*z
    """
    collected: dict[Variable, list[tuple[Monomial, float]]] = {v: [] for v in variables}
    for weight, polynomial in weighted:
        multiplier = Monomial((Factor(weight),))
        for monomial, coefficient in polynomial.terms:
            for variable in monomial.variables:
                if variable in collected:
                    number, rest = monomial.differentiate(variable)
                    collected[variable].append((multiplier * rest, number * coefficient))
    return {v: Polynomial(terms) for v, terms in collected.items()}


def _check_clashes(
    states: tuple[Variable, ...], inputs: tuple[Variable, ...], parameters: tuple[Variable, ...]
) -> None:
    """Reject ambiguous declarations."""
    roles: dict[str, tuple[str, int]] = {}
    species: dict[str, Variable] = {}
    for role, variables in (("state", states), ("input", inputs), ("parameter", parameters)):
        for variable in variables:
            known_role, rank = roles.setdefault(variable.name, (role, len(variable.index)))
            if known_role != role:
                raise InvalidValueError(
                    f"{variable.name} is declared as {known_role} and as {role}: rename one"
                )
            if rank != len(variable.index):
                raise InvalidValueError(
                    f"{variable} has {len(variable.index)} indices, other elements of {variable.name} "
                    f"{rank}: one array has one shape"
                )
            other = species.setdefault(variable.species, variable)
            if other is not variable:
                raise InvalidValueError(
                    f"{other} and {variable} would both be the species {variable.species}: "
                    "declare each variable once, under a name that does not end like another's index"
                )


def _all_elements(shapes: Mapping[str, Shape]) -> tuple[Variable, ...]:
    return tuple(v for name, shape in shapes.items() for v in elements_of(name, shape))


def _undeclared(state: Variable, variable: Variable, names: set[str]) -> str:
    where = f"equation of {state}"
    if variable.name in names:
        return f"{where}: {variable} lies outside the declared elements of {variable.name}"
    return f"{where}: {UnknownNameError('variable', variable.name, names)}"
