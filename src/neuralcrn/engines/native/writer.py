"""Arithmetic on doubles, or on lanes of them, as LLVM instructions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, overload

from neuralcrn.engines.native.packing import row_width, scratch_layout
from neuralcrn.engines.native.reduction import Monomial, Reduction


class Writer:
    """Arithmetic on numbers as instructions, for the layout of one system.

    Numbers are doubles or, if the last argument of the function is one, vectors of doubles.
    """

    def __init__(self, builder: Any, arguments: Sequence[Any], reduction: Reduction):
        from llvmlite import ir

        from neuralcrn.engines.native.lanes import call, constant

        self.builder, self.arguments = builder, arguments
        self._state, self._scratch, self.number = arguments
        self._index = ir.IntType(64)
        self._index_of, self._constant = ir.Constant, constant
        self.reduction = reduction
        self.layout = scratch_layout(reduction)
        self.size, self._width = len(reduction.core), row_width(reduction)
        self.add, self.subtract = builder.fadd, builder.fsub
        self.multiply, self.divide = builder.fmul, builder.fdiv
        self.negate, self.fused = builder.fneg, partial(call, builder, "fma")

    def constant(self, value: float) -> Any:
        return self._constant(self.number.type, float(value))

    def row_function(
        self, name: str, emit: Callable[[Writer, Sequence[Any]], Sequence[Any]]
    ) -> Callable[[int, int], None]:
        """Define a function from a row of scratch to another one; return how to call it with the positions of
        both, which must not overlap.

        What a step does several times stays in the cache of instructions, and is compiled once.
        """
        from llvmlite import ir

        pointer, name = self._scratch.type, f"{self.builder.function.name}_{name}"
        kind = ir.FunctionType(ir.VoidType(), [pointer] * 3)
        function = ir.Function(self.builder.module, kind, name=name)
        function.linkage = "internal"
        for argument in function.args:
            argument.add_attribute("noalias")  # only the result is written, and it is not read
        scratch, row, result = function.args
        builder = ir.IRBuilder(function.append_basic_block())
        inner = Writer(
            builder, (scratch, scratch, ir.Constant(self.number.type, ir.Undefined)), self.reduction
        )
        values = emit(inner, [builder.load(inner.place(row, i)) for i in range(self.size)])
        for i, value in enumerate(values):
            builder.store(value, inner.place(result, i))
        builder.ret_void()

        def call(position: int, target: int) -> None:
            places = [self.place(self._scratch, where) for where in (position, target)]
            self.builder.call(function, [self._scratch, *places])

        return call

    def position(self, list_slot: int, row: int) -> int:
        """Return the position of a row in scratch."""
        return self.layout[list_slot] + row * self._width

    def species(self, position: int) -> Any:
        """Load a concentration of the state vector."""
        return self.builder.load(self.place(self._state, position))

    def place(self, vector: Any, position: int) -> Any:
        """Return a pointer into a vector of numbers."""
        return self.builder.gep(vector, [self._index_of(self._index, position)])

    def load(self, list_slot: int, index: int) -> Any:
        return self.load_at(self.layout[list_slot] + index)

    def load_at(self, position: int) -> Any:
        """Load a number at a position of scratch."""
        return self.builder.load(self.place(self._scratch, position))

    def store(self, list_slot: int, index: int, value: Any) -> None:
        self.store_all(self.layout[list_slot] + index, [value])

    def store_all(self, position: int, values: Sequence[Any]) -> None:
        """Store numbers at a position of scratch."""
        for i, value in enumerate(values):
            self.builder.store(value, self.place(self._scratch, position + i))

    def row(self, list_slot: int, row: int) -> list[Any]:
        """Load a row of states, slopes or increments."""
        return [self.load(list_slot, row * self._width + i) for i in range(self.size)]

    def store_row(self, list_slot: int, row: int, values: Sequence[Any]) -> None:
        self.store_all(self.layout[list_slot] + row * self._width, values)

    def product(self, start: Any, y: Sequence[Any], factors: Sequence[int]) -> Any:
        """Return `start` times elements of y, in order."""
        for factor in factors:
            start = self.multiply(start, y[factor])
        return start

    def monomial(self, y: Sequence[Any], factors: Monomial) -> Any:
        """Return a monomial: its first factor times the product of all others."""
        if len(factors) < 2:
            return y[factors[0]] if factors else self.constant(1.0)
        return self.multiply(y[factors[0]], self.all_but_the_first(y, factors))

    def all_but_the_first(self, y: Sequence[Any], factors: Monomial) -> Any:
        """Return the product of all factors of a monomial but the first."""
        return self.product(y[factors[1]], y, factors[2:]) if len(factors) > 1 else self.constant(1.0)

    def combination(self, coefficients: Sequence[float], rows: Sequence[Sequence[Any]]) -> list[Any]:
        """Return sum_j coefficients[j] rows[j], summed in order."""
        total = [self.multiply(self.constant(coefficients[0]), value) for value in rows[0]]
        for coefficient, row in zip(coefficients[1:], rows[1:], strict=True):
            c = self.constant(coefficient)
            total = self.plus_scaled(total, c, row)
        return total

    def plus_scaled(self, total: Sequence[Any], factor: Any, row: Sequence[Any]) -> list[Any]:
        """Return total + factor row, with one rounding per element."""
        return [self.fused(factor, value, t) for t, value in zip(total, row, strict=True)]

    def sum(self, a: Sequence[Any], b: Sequence[Any]) -> list[Any]:
        return [self.add(x, y) for x, y in zip(a, b, strict=True)]

    def scaled(self, factor: Any, row: Sequence[Any]) -> list[Any]:
        return [self.multiply(factor, value) for value in row]


class Loaded(Sequence[Any]):
    """Numbers of scratch that are loaded where they are used, so that few registers are needed."""

    def __init__(self, load: Callable[[int], Any], position: int, count: int):
        self._load, self._position, self._count = load, position, count

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(self._count)[index]]
        return self._load(self._position + index)

    def __len__(self) -> int:
        return self._count


class LaneWriter(Writer):
    """The same on matrices of lanes, the first argument, with numbers of scratch in every lane."""

    def __init__(self, write: Writer):
        from llvmlite import ir

        from neuralcrn.engines.native.lanes import VECTOR

        state, self._numbers, _ = write.arguments
        matrices = write.builder.bitcast(state, VECTOR.as_pointer())
        number = ir.Constant(VECTOR, ir.Undefined)
        super().__init__(write.builder, (matrices, self._numbers, number), write.reduction)

    def repeated(self, position: int) -> Any:
        """Load a number of scratch into every lane."""
        from neuralcrn.engines.native.lanes import repeat

        return repeat(self.builder, self.builder.load(self.place(self._numbers, position)))

    def lanes(self, matrix: int, i: int) -> Any:
        """Load a row of a matrix of the core."""
        return self.species(matrix * self.size + i)

    def store_lanes(self, matrix: int, values: Sequence[Any]) -> None:
        for i, value in enumerate(values):
            self.builder.store(value, self.place(self.arguments[0], matrix * self.size + i))
