"""Numbers of several integrations in one vector register, as types of compiled code.

A value of type `Lanes` is a vector of `LANE_COUNT` doubles, one for each integration. `lane_rows` views a
matrix with one column per integration as a vector of these values. Kernels that are written for doubles and
their arrays are then compiled for lanes as well: same source, same operations in the same order, and
therefore the same results to the last bit. What depends on a comparison is written with `where`.
"""

# pyright: basic, reportCallIssue=false, reportOptionalCall=false
from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typeconv.castgraph import Conversion
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import (
    intrinsic,
    lower_builtin,
    lower_cast,
    models,
    overload,
    register_model,
)

LANE_COUNT = 8 if llvm.get_host_cpu_features().get("avx512f") else 4
"""Number of integrations in one vector register of this machine."""

_DOUBLE, _WORD = ir.DoubleType(), ir.IntType(64)
VECTOR = ir.VectorType(_DOUBLE, LANE_COUNT)
_ALIGNMENT = 64


class Lanes(types.Type):
    """One number of every integration."""

    def __init__(self) -> None:
        super().__init__(f"lanes{LANE_COUNT}")

    def unify(self, typingctx: Any, other: Any) -> Any:
        return self if isinstance(other, types.Number) else None

    def can_convert_from(self, typingctx: Any, other: Any) -> Any:
        return Conversion.safe if isinstance(other, types.Number) else None


class LaneMask(types.Type):
    """One truth value of every integration."""

    def __init__(self) -> None:
        super().__init__(f"mask{LANE_COUNT}")

    def unify(self, typingctx: Any, other: Any) -> Any:
        return self if isinstance(other, types.Boolean) else None


class LaneRows(types.Type):
    """A vector of `Lanes`."""

    def __init__(self) -> None:
        super().__init__(f"rows{LANE_COUNT}")


LANES, MASK, ROWS = Lanes(), LaneMask(), LaneRows()


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any):
        super().__init__(manager, kind, VECTOR)


@register_model(LaneMask)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any):
        super().__init__(manager, kind, ir.VectorType(ir.IntType(1), LANE_COUNT))


@register_model(LaneRows)
class _RowsModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any):
        super().__init__(manager, kind, _WORD)


def repeat(builder: Any, value: Any) -> Any:
    """Return a vector with the same number in every lane."""
    nothing, zero = ir.Constant(VECTOR, ir.Undefined), ir.IntType(32)(0)
    first = builder.insert_element(nothing, value, zero)
    return builder.shuffle_vector(
        first, nothing, ir.Constant(ir.VectorType(ir.IntType(32), LANE_COUNT), None)
    )


@lower_cast(types.Float, Lanes)
@lower_cast(types.Integer, Lanes)
def _cast(context, builder, source, target, value):
    return repeat(builder, context.cast(builder, value, source, types.float64))


def constant(kind: Any, value: Any) -> Any:
    """Return a constant of LLVM: a number, or the same number in every lane."""
    return ir.Constant(kind, [value] * LANE_COUNT if isinstance(kind, ir.VectorType) else value)


def call(builder: Any, name: str, *arguments: Any) -> Any:
    """Call an intrinsic function of LLVM on doubles or vectors of them."""
    kind = arguments[0].type
    suffix = "f64" if isinstance(kind, ir.DoubleType) else f"v{LANE_COUNT}f64"
    function = ir.FunctionType(kind, [argument.type for argument in arguments])
    return builder.call(
        cgutils.get_or_insert_function(builder.module, function, f"llvm.{name}.{suffix}"), arguments
    )


def _define(operation: Callable[..., Any], result: Any, emit: Callable[..., Any], count: int = 2) -> None:
    """Define an operation on lanes, or on lanes and numbers."""

    @infer_global(operation)
    class _Template(AbstractTemplate):
        def generic(self, args, kws):
            known = all(isinstance(kind, Lanes | types.Number) for kind in args)
            if len(args) == count and known and any(isinstance(kind, Lanes) for kind in args):
                return signature(result, *([LANES] * count))
            return None

    @lower_builtin(operation, *([Lanes] * count))
    def _lower(context, builder, sig, args):
        return emit(builder, *args)


_define(operator.add, LANES, lambda b, x, y: b.fadd(x, y))
_define(operator.sub, LANES, lambda b, x, y: b.fsub(x, y))
_define(operator.mul, LANES, lambda b, x, y: b.fmul(x, y))
_define(operator.truediv, LANES, lambda b, x, y: b.fdiv(x, y))
_define(operator.iadd, LANES, lambda b, x, y: b.fadd(x, y))
_define(operator.isub, LANES, lambda b, x, y: b.fsub(x, y))
_define(operator.imul, LANES, lambda b, x, y: b.fmul(x, y))
_define(operator.neg, LANES, lambda b, x: b.fneg(x), 1)
_define(abs, LANES, lambda b, x: call(b, "fabs", x), 1)
_define(np.sqrt, LANES, lambda b, x: call(b, "sqrt", x), 1)
_define(max, LANES, lambda b, x, y: b.select(b.fcmp_ordered(">", y, x), y, x))
_define(min, LANES, lambda b, x, y: b.select(b.fcmp_ordered("<", y, x), y, x))
for _name, _symbol in {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "=="}.items():
    _define(getattr(operator, _name), MASK, lambda b, x, y, s=_symbol: b.fcmp_ordered(s, x, y))


def _place(builder: Any, rows: Any, index: Any, kind: Any) -> Any:
    index = builder.sext(index, _WORD) if index.type.width < 64 else index
    pointer = builder.inttoptr(rows, VECTOR.as_pointer())
    return builder.gep(pointer, [index])


@infer_global(operator.getitem)
class _GetTemplate(AbstractTemplate):
    def generic(self, args, kws):
        if isinstance(args[0], LaneRows) and isinstance(args[1], types.Integer):
            return signature(LANES, args[0], args[1])
        return None


@infer_global(operator.setitem)
class _SetTemplate(AbstractTemplate):
    def generic(self, args, kws):
        if isinstance(args[0], LaneRows) and isinstance(args[1], types.Integer):
            return signature(types.none, args[0], args[1], LANES)
        return None


@lower_builtin(operator.getitem, LaneRows, types.Integer)
def _get(context, builder, sig, args):
    return builder.load(_place(builder, args[0], args[1], sig.args[1]), align=_ALIGNMENT)


@lower_builtin(operator.setitem, LaneRows, types.Integer, Lanes)
def _set(context, builder, sig, args):
    builder.store(args[2], _place(builder, args[0], args[1], sig.args[1]), align=_ALIGNMENT)
    return context.get_dummy_value()


@intrinsic
def lane_rows(typingctx, matrix):
    """View a matrix with one column per lane, from `lane_matrix`, as a vector of lanes.

    The matrix must exist as long as the view.
    """

    def generate(context, builder, sig, args):
        array = context.make_array(sig.args[0])(context, builder, args[0])
        return builder.ptrtoint(array.data, _WORD)

    return ROWS(matrix), generate


def address_of(context: Any, builder: Any, kind: Any, vector: Any, number: Any) -> Any:
    """Return a pointer to the first number of an array of doubles or of rows of lanes."""
    if isinstance(kind, LaneRows):
        return builder.inttoptr(vector, number.as_pointer())
    return context.make_array(kind)(context, builder, vector).data


def lane_matrix(rows: int) -> np.ndarray:
    """Return zeros, shape (rows, LANE_COUNT), at an address that vector registers can load."""
    flat = np.zeros(rows * LANE_COUNT + _ALIGNMENT // 8)
    offset = (-flat.ctypes.data % _ALIGNMENT) // 8
    return flat[offset : offset + rows * LANE_COUNT].reshape(rows, LANE_COUNT)


def lane_copy(matrix: np.ndarray) -> np.ndarray:
    """Return a copy of a matrix with one column per lane, at such an address."""
    copy = lane_matrix(len(matrix))
    copy[:] = matrix
    return copy


@intrinsic
def _select(typingctx, mask, yes, no):
    def generate(context, builder, sig, args):
        return builder.select(*args)

    return LANES(MASK, LANES, LANES), generate


@intrinsic
def splat(typingctx, number):
    """Return a number in every lane."""

    def generate(context, builder, sig, args):
        return repeat(builder, args[0])

    return LANES(types.float64), generate


@intrinsic
def which(typingctx, mask):
    """Return the lanes in which a condition holds, as bits of an integer."""

    def generate(context, builder, sig, args):
        bits = builder.bitcast(args[0], ir.IntType(LANE_COUNT))
        return builder.zext(bits, _WORD)

    return types.int64(MASK), generate


def where(condition, yes, no):
    """Return `yes` in the lanes in which a condition holds, and `no` in the others; or one of two numbers."""
    return yes if condition else no


@overload(where)
def _where(condition, yes, no):
    if isinstance(condition, LaneMask):
        return lambda condition, yes, no: _select(condition, yes, no)
    return lambda condition, yes, no: yes if condition else no
