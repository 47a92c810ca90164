"""Straight-line machine code for a network.

The data-driven loops spend most of their time on indices. For many integrations the steps are generated as
LLVM instructions, with the same operations in the same order. They are built from indices, never from text,
and compiled in about a second. The results are identical to the last bit.

No optimisation pass of LLVM is applied to the instructions: they have no loops and no redundant operations,
so there is little to gain, and passes can be wrong. VectorCombine of LLVM 22 converts A B B to B B B in some
cubic networks after SLP vectorisation. The code is compared with the loops before it is used.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralcrn.engines.native import tableaus
from neuralcrn.engines.native.comparison import first_difference, first_difference_in_lanes
from neuralcrn.engines.native.costs import rosenbrock_operations
from neuralcrn.engines.native.object_code import Processor, object_code, target_machine
from neuralcrn.engines.native.packing import (
    AT_ESTIMATE,
    AT_INCREMENTS,
    AT_INTEGRALS,
    AT_SLOPES,
    AT_STATES,
    AT_VECTOR,
    AT_WEIGHTS,
)
from neuralcrn.engines.native.reduction import Monomial, Reduction, derivative
from neuralcrn.engines.native.steps import (
    EXPLICIT_INTEGRALS,
    EXPLICIT_STEP,
    FOLD,
    FUNCTION_COUNT,
    ROSENBROCK_INTEGRALS,
    ROSENBROCK_STEP,
)
from neuralcrn.engines.native.writer import Writer
from neuralcrn.errors import NeuralCRNWarning

OPERATION_LIMIT = 30_000
"""Maximum number of arithmetic operations of a generated function; longer ones take too long to compile."""
OPERATIONS_PER_SECOND = 3_000
"""Approximate speed of code generation."""


Translate = Callable[[str, Processor], bytes]
"""Compiler of LLVM instructions: `object_code`, or that of `OtherProcess`."""


class MachineCode:
    """Specialised functions of several systems, which exist as long as this object.

    Every function is compared with the loops before it is used. If a function of a system differs, the loops
    are used for the system, with a warning.

    Parameters
    ----------
    reductions : sequence of Reduction
        The systems.
    processor : Processor, optional
        Target of the compilation; by default this machine.
    translate : callable
        Compiler, in this process or in a separate one.
    lanes : bool
        Whether the functions compute with `lanes`; constants are then folded by the loops, because rate
        constants differ.

    Attributes
    ----------
    addresses : ndarray of int64, shape (systems, FUNCTION_COUNT)
        Addresses to pass to the kernels; 0 for a system that is too large or for which the loops are used.
    """

    def __init__(
        self,
        reductions: Sequence[Reduction],
        processor: Processor | None = None,
        translate: Translate = object_code,
        *,
        lanes: bool = False,
    ):
        from llvmlite import ir

        from neuralcrn.engines.native.lanes import VECTOR

        processor = processor or _this_processor()
        module, number = ir.Module(), VECTOR if lanes else ir.DoubleType()
        emitters = {slot: emit for slot, emit in _EMITTERS.items() if slot != FOLD or not lanes}
        chosen = [i for i, r in enumerate(reductions) if _longest(r) <= OPERATION_LIMIT]
        first: dict[Any, int] = {}
        names = {
            (i, slot): f"f{slot}_{i if slot == FOLD else first.setdefault(_structure(reductions[i]), i)}"
            for i in chosen
            for slot in emitters
        }
        for (i, slot), name in names.items():
            if name == f"f{slot}_{i}":
                _define(module, name, number, reductions[i], emitters[slot])
        self._engine = _loaded(translate(str(module), processor), processor)
        self.addresses: NDArray[np.int64] = np.zeros((len(reductions), FUNCTION_COUNT), dtype=np.int64)
        compared = first_difference_in_lanes if lanes else first_difference
        for i in chosen:
            for slot in emitters:
                self.addresses[i, slot] = self._engine.get_function_address(names[i, slot])
            different = compared(reductions[i], self.addresses[i])
            if different:
                self.addresses[i] = 0
                _warn_of_difference(different, reductions[i], processor)


def _this_processor() -> Processor:
    import llvmlite.binding as llvm

    return Processor(llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())


def _loaded(code: bytes, processor: Processor) -> Any:
    """Return the engine that holds object code."""
    import llvmlite.binding as llvm

    machine = target_machine(processor)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine


def _warn_of_difference(function: str, reduction: Reduction, processor: Processor) -> None:
    import llvmlite
    import llvmlite.binding as llvm

    version = ".".join(map(str, llvm.llvm_version_info))
    size = f"{len(reduction.core)} species and {len(reduction.monomials)} monomials"
    warnings.warn(
        f"machine code ({function}) of a system of {size} differs from the loops, which are used instead; "
        f"results are right, but slower. Please report this line with the network: llvmlite "
        f"{llvmlite.__version__}, LLVM {version}, processor {processor.name}",
        NeuralCRNWarning,
        stacklevel=3,
    )


def compilation_seconds(reductions: Sequence[Reduction]) -> float:
    """Return the approximate duration of code generation; infinite if every system is too large."""
    different = {_structure(reduction): reduction for reduction in reductions}
    lengths = [n for n in map(_longest, different.values()) if n <= OPERATION_LIMIT]
    return sum(lengths) / OPERATIONS_PER_SECOND if lengths else math.inf


def _structure(reduction: Reduction) -> object:
    """Return what all functions of a system depend on, except for folding."""
    entries = tuple((row, monomial) for row, monomial, _ in reduction.core_entries)
    layout = len(reduction.weights), reduction.integral_count
    return len(reduction.core), reduction.monomials, entries, reduction.integrated, layout


def _longest(reduction: Reduction) -> int:
    """Return the approximate number of operations of the longest generated function of a system."""
    return max(
        rosenbrock_operations(reduction),
        30 * len(reduction.integrated) + 16 * len(reduction.core),
        sum(2 + len(term.constants) for terms in reduction.weights for term in terms),
    )


def _define(
    module: Any, name: str, number: Any, reduction: Reduction, emit: Callable[[Writer], None]
) -> None:
    """Add a function of state, scratch and a number to the module."""
    from llvmlite import ir

    pointer = number.as_pointer()
    signature = ir.FunctionType(ir.VoidType(), [pointer, pointer, number])
    function = ir.Function(module, signature, name=name)
    for argument in function.args[:2]:
        argument.add_attribute("noalias")  # code generation is much faster
    builder = ir.IRBuilder(function.append_basic_block())
    emit(Writer(builder, function.args, reduction))
    builder.ret_void()


def _emit_fold(write: Writer) -> None:
    for entry, terms in enumerate(write.reduction.weights):
        total: Any = None
        for term in terms:
            product = write.constant(term.value)
            for species in term.constants:
                product = write.multiply(product, write.species(species))
            total = product if total is None else write.add(total, product)
        write.store(AT_WEIGHTS, entry, total)


def _right_hand_side(write: Writer, weights: Sequence[Any], y: Sequence[Any]) -> list[Any]:
    monomials = [write.monomial(y, factors) for factors in write.reduction.monomials]
    rows: list[Any] = [write.constant(0.0)] * write.size
    for entry, (row, monomial, _) in enumerate(write.reduction.core_entries):
        rows[row] = write.fused(weights[entry], monomials[monomial], rows[row])
    return rows


def _core_weights(write: Writer) -> list[Any]:
    return [write.load(AT_WEIGHTS, entry) for entry in range(len(write.reduction.core_entries))]


def _emit_explicit_step(write: Writer) -> None:
    weights = _core_weights(write)
    start = write.row(AT_STATES, 0)
    slopes = [write.row(AT_SLOPES, 0)]
    for stage in range(1, 7):
        change = write.combination(tableaus.TSIT5_A[stage, :stage].tolist(), slopes)
        state = write.plus_scaled(start, write.number, change)
        slopes.append(_right_hand_side(write, weights, state))
        write.store_row(AT_STATES, stage, state)
        write.store_row(AT_SLOPES, stage, slopes[stage])
    estimate = write.combination(tableaus.TSIT5_ERROR.tolist(), slopes)
    write.store_row(AT_ESTIMATE, 0, write.scaled(write.number, estimate))


def _factorised(write: Writer, weights: Sequence[Any], y: Sequence[Any], shift: Any) -> list[Any]:
    """Return the factors of shift I - J, inverse diagonals included."""
    reduction, plan = write.reduction, write.reduction.elimination
    position = {
        (row, plan.column[place]): place
        for row in range(write.size)
        for place in range(plan.row_pointer[row], plan.row_pointer[row + 1])
    }
    matrix = [write.constant(0.0) for _ in plan.column]
    derivatives: dict[tuple[int, Monomial], Any] = {}
    for entry, (row, monomial, _) in enumerate(reduction.core_entries):
        factors = reduction.monomials[monomial]
        for factor in sorted(set(factors)):
            key = derivative(factors, factor)
            if key not in derivatives:
                derivatives[key] = write.product(write.constant(key[0]), y, key[1])
            place = position[row, factor]
            value = write.multiply(weights[entry], derivatives[key])
            matrix[place] = write.subtract(matrix[place], value)
    for row in range(write.size):
        place = plan.diagonal[row]
        matrix[place] = write.add(matrix[place], shift)
        for left in plan.multipliers(row):
            pivot = plan.column[left]
            matrix[left] = write.multiply(matrix[left], matrix[plan.diagonal[pivot]])
            for source in plan.updates(pivot):
                target = position[row, plan.column[source]]
                matrix[target] = write.fused(write.negate(matrix[left]), matrix[source], matrix[target])
        matrix[place] = write.divide(write.constant(1.0), matrix[place])
    return matrix


def _solved(write: Writer, matrix: Sequence[Any], right: Sequence[Any]) -> list[Any]:
    plan, x = write.reduction.elimination, list(right)
    for row in range(write.size):
        for place in range(plan.row_pointer[row], plan.diagonal[row]):
            x[row] = write.fused(write.negate(matrix[place]), x[plan.column[place]], x[row])
    for row in reversed(range(write.size)):
        for place in range(plan.diagonal[row] + 1, plan.row_pointer[row + 1]):
            x[row] = write.fused(write.negate(matrix[place]), x[plan.column[place]], x[row])
        x[row] = write.multiply(x[row], matrix[plan.diagonal[row]])
    return x


def _emit_rosenbrock_step(write: Writer) -> None:
    weights = _core_weights(write)
    start = write.row(AT_STATES, 0)
    inverse = write.divide(write.constant(1.0), write.number)
    shift = write.divide(inverse, write.constant(tableaus.RODAS5P_GAMMA))
    matrix = _factorised(write, weights, start, shift)
    increments = [_solved(write, matrix, _right_hand_side(write, weights, start))]
    state = start
    for stage in range(1, 8):
        if stage >= tableaus.RODAS5P_LAST:
            state = write.sum(state, increments[-1])
        else:
            state = start
            for a, row in zip(tableaus.RODAS5P_A[stage, :stage].tolist(), increments, strict=True):
                state = write.plus_scaled(state, write.constant(a), row)
        memory = write.combination(tableaus.RODAS5P_C[stage, :stage].tolist(), increments)
        right = write.plus_scaled(_right_hand_side(write, weights, state), inverse, memory)
        increments.append(_solved(write, matrix, right))
        write.store_row(AT_STATES, stage, state)
    for stage, row in enumerate(increments):
        write.store_row(AT_INCREMENTS, stage, row)
    write.store_row(AT_ESTIMATE, 0, increments[7])
    write.store_row(AT_VECTOR, 0, write.sum(state, increments[7]))


def _integrals(write: Writer, coefficients: Sequence[float]) -> tuple[list[Any], list[Any]]:
    """Return the integrals advanced by the stages of a step, and the state at its start."""
    which = write.reduction.integrated
    totals = [write.load(AT_INTEGRALS, i) for i in range(len(which))]
    start: list[Any] = []
    for stage, coefficient in enumerate(coefficients):
        state = write.row(AT_STATES, stage)
        start = start or state
        weight = write.multiply(write.number, write.constant(coefficient))
        for i, monomial in enumerate(which):
            value = write.monomial(state, write.reduction.monomials[monomial])
            totals[i] = write.fused(weight, value, totals[i])
    return totals, start


def _emit_explicit_integrals(write: Writer) -> None:
    totals, _ = _integrals(write, tableaus.TSIT5_B[:6].tolist())
    for i, total in enumerate(totals):
        write.store(AT_INTEGRALS, i, total)


def _emit_rosenbrock_integrals(write: Writer) -> None:
    totals, start = _integrals(write, tableaus.RODAS5P_B.tolist())
    increments = [write.row(AT_INCREMENTS, stage) for stage in range(8)]
    direction = write.combination(tableaus.RODAS5P_B.tolist(), increments)
    for i, monomial in enumerate(write.reduction.integrated):
        factors = write.reduction.monomials[monomial]
        total: Any = write.constant(0.0)
        for factor in sorted(set(factors)):
            power, rest = derivative(factors, factor)
            value = write.multiply(write.constant(power), direction[factor])
            total = write.add(total, write.product(value, start, rest))
        write.store(AT_INTEGRALS, i, write.add(totals[i], write.multiply(write.number, total)))


_EMITTERS: dict[int, Callable[[Writer], None]] = {
    FOLD: _emit_fold,
    EXPLICIT_STEP: _emit_explicit_step,
    ROSENBROCK_STEP: _emit_rosenbrock_step,
    EXPLICIT_INTEGRALS: _emit_explicit_integrals,
    ROSENBROCK_INTEGRALS: _emit_rosenbrock_integrals,
}
