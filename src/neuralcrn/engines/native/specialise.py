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
from functools import partial
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuralcrn.engines.native.column_code import emit_columns, emit_tables
from neuralcrn.engines.native.comparison import (
    first_difference,
    first_difference_in_lanes,
    first_difference_of_columns,
)
from neuralcrn.engines.native.costs import code_length
from neuralcrn.engines.native.object_code import Processor, object_code, target_machine
from neuralcrn.engines.native.reduction import Reduction
from neuralcrn.engines.native.step_code import (
    emit_explicit_integrals,
    emit_explicit_step,
    emit_fold,
    emit_rosenbrock_integrals,
    emit_rosenbrock_step,
)
from neuralcrn.engines.native.steps import (
    ALL_FUNCTION_COUNT,
    EXPLICIT_COLUMNS,
    EXPLICIT_INTEGRALS,
    EXPLICIT_STEP,
    EXPLICIT_TABLES,
    FOLD,
    FUNCTION_COUNT,
    ROSENBROCK_COLUMNS,
    ROSENBROCK_INTEGRALS,
    ROSENBROCK_STEP,
    ROSENBROCK_TABLES,
)
from neuralcrn.engines.native.writer import Writer
from neuralcrn.errors import NeuralCRNWarning

LENGTH_LIMIT = 60_000
"""Maximum `code_length` of a system; longer functions take too long to compile."""
LENGTH_PER_SECOND = 6_000
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
        Whether the functions compute with `lanes`.
    columns : bool
        Whether there are functions for sensitivities as well. With `lanes` or `columns` constants are folded
        by the loops, because rate constants differ.

    Attributes
    ----------
    addresses : ndarray of int64, shape (systems, FUNCTION_COUNT), or ALL_FUNCTION_COUNT with `columns`
        Addresses to pass to the kernels; 0 for a system that is too large or for which the loops are used.
    """

    def __init__(
        self,
        reductions: Sequence[Reduction],
        processor: Processor | None = None,
        translate: Translate = object_code,
        *,
        lanes: bool = False,
        columns: bool = False,
    ):
        from llvmlite import ir

        from neuralcrn.engines.native.lanes import VECTOR

        processor = processor or _this_processor()
        module, number = ir.Module(), VECTOR if lanes else ir.DoubleType()
        folds = not (lanes or columns)
        emitters = {slot: emit for slot, emit in EMITTERS.items() if folds or slot != FOLD}
        if columns:
            emitters |= COLUMN_EMITTERS
        chosen = [i for i, r in enumerate(reductions) if code_length(r) <= LENGTH_LIMIT]
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
        self.addresses: NDArray[np.int64] = np.zeros(
            (len(reductions), ALL_FUNCTION_COUNT if columns else FUNCTION_COUNT), dtype=np.int64
        )
        compared = first_difference_in_lanes if lanes else first_difference
        for i in chosen:
            for slot in emitters:
                self.addresses[i, slot] = self._engine.get_function_address(names[i, slot])
            different = compared(reductions[i], self.addresses[i])
            if columns and not different:
                different = first_difference_of_columns(reductions[i], self.addresses[i])
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


def compilation_seconds(reductions: Sequence[Reduction], *, columns: bool = False) -> float:
    """Return the approximate duration of code generation, with functions for sensitivities if there are
    `columns`; infinite if every system is too large.
    """
    different = {_structure(reduction): reduction for reduction in reductions}
    lengths = [n for n in map(code_length, different.values()) if n <= LENGTH_LIMIT]
    return (2 if columns else 1) * sum(lengths) / LENGTH_PER_SECOND if lengths else math.inf


def code_structure(reductions: Sequence[Reduction]) -> str:
    """Return a hash of what the machine code for lanes of several systems depends on: programs whose systems
    differ only in what is not integrated share it.
    """
    return sha256(repr([_structure(r) if r.core else () for r in reductions]).encode()).hexdigest()


def _structure(reduction: Reduction) -> object:
    """Return what all functions of a system depend on, except for folding."""
    entries = tuple((row, monomial) for row, monomial, _ in reduction.core_entries)
    layout = len(reduction.weights), reduction.integral_count
    return len(reduction.core), reduction.monomials, entries, reduction.integrated, layout


def _define(
    module: Any, name: str, number: Any, reduction: Reduction, emit: Callable[[Writer], object]
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


EMITTERS: dict[int, Callable[[Writer], object]] = {
    FOLD: emit_fold,
    EXPLICIT_STEP: emit_explicit_step,
    ROSENBROCK_STEP: emit_rosenbrock_step,
    EXPLICIT_INTEGRALS: emit_explicit_integrals,
    ROSENBROCK_INTEGRALS: emit_rosenbrock_integrals,
}
COLUMN_EMITTERS: dict[int, Callable[[Writer], object]] = {
    EXPLICIT_TABLES: partial(emit_tables, rosenbrock=False),
    ROSENBROCK_TABLES: partial(emit_tables, rosenbrock=True),
    EXPLICIT_COLUMNS: partial(emit_columns, rosenbrock=False),
    ROSENBROCK_COLUMNS: partial(emit_columns, rosenbrock=True),
}
