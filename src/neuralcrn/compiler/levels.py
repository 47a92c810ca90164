"""Levels of autonomy: each has a back end that turns a circuit into a program.

Back ends are made of circuits and programs, so a circuit does not import them: they are added here when the
package is imported (`neuralcrn.compiler.back_ends`), and a circuit asks for the one of its level.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from neuralcrn.errors import UnknownNameError

if TYPE_CHECKING:
    from neuralcrn.compiler.circuit import Circuit
    from neuralcrn.compiler.program import Program

BackEnd: TypeAlias = "Callable[[Circuit, str], Program]"
"""Compiles a circuit with the clock of that name, which is empty unless the level has one."""

LEVELS = ("staged", "gated", "autonomous")
"""Compilation levels, in order of decreasing external control."""

_BACK_ENDS: dict[str, BackEnd] = {}


def add_back_end(level: str, back_end: BackEnd) -> None:
    """Set the back end of a level."""
    _BACK_ENDS[level] = back_end


def find_back_end(level: str) -> BackEnd:
    """Return the back end of a level.

    Raises
    ------
    UnknownNameError
        If there is no such level.
    """
    if level not in _BACK_ENDS:
        raise UnknownNameError("level", level, LEVELS)
    return _BACK_ENDS[level]
