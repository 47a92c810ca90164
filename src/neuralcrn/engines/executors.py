"""Registry of executors; other packages add executors by entry points of the group
``neuralcrn.executors``.
"""

from neuralcrn.engines.base import Executor
from neuralcrn.engines.native.executor import NativeExecutor
from neuralcrn.engines.reference.executor import ReferenceExecutor
from neuralcrn.registry import Registry

_OWN: tuple[Executor, ...] = (NativeExecutor(), ReferenceExecutor())
EXECUTORS = Registry("executor", "executors", _OWN, Executor)
"""All executors by name."""
DEFAULT_EXECUTOR = "native"
"""Name of the executor that is used unless another is chosen."""
