"""Signed polynomials in v and |v|, and formulas: parsing, differentiating, printing.

Examples
--------
>>> from neuralcrn.algebra import SignedSystem, Variable, jacobian_transpose_times
>>> system = SignedSystem.parse(
...     "dz/dt = theta x + beta - z|z|",
...     states={"z": 2}, inputs={"x": 2}, parameters={"theta": (2, 2), "beta": 2},
... )
>>> print(system)
dz[0]/dt = theta[0,0]*x[0] + theta[0,1]*x[1] - z[0]*|z[0]| + beta[0]
dz[1]/dt = theta[1,0]*x[0] + theta[1,1]*x[1] - z[1]*|z[1]| + beta[1]
>>> adjoint = {z: Variable("a", z.index) for z in system.states}
>>> print(jacobian_transpose_times(system, adjoint)[Variable("z", (0,))])
-2*a[0]*|z[0]|
"""

from neuralcrn.algebra.evaluation import PolynomialMap
from neuralcrn.algebra.expression import Expression
from neuralcrn.algebra.formula import parse_expression
from neuralcrn.algebra.monomial import Factor, Monomial, Shape, Variable, elements_of
from neuralcrn.algebra.polynomial import Polynomial, sum_of
from neuralcrn.algebra.system import (
    SignedSystem,
    jacobian_transpose_times,
    parameter_gradient,
    weighted_gradient,
)

__all__ = [
    "Expression",
    "Factor",
    "Monomial",
    "Polynomial",
    "PolynomialMap",
    "Shape",
    "SignedSystem",
    "Variable",
    "elements_of",
    "jacobian_transpose_times",
    "parameter_gradient",
    "parse_expression",
    "sum_of",
    "weighted_gradient",
]
