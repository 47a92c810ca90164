"""Program that runs libAntimony in a separate process: reads Antimony, writes SBML.

It is started by its path and does not import this library.
"""

from __future__ import annotations

import contextlib
import sys

TRANSLATED, REFUSED, MISSING, TIMED_OUT = 0, 4, 5, -24
"""Exit statuses, the last one for SIGXCPU; other statuses are crashes."""
_MEMORY = 2_000_000_000


def main() -> int:
    """Translate standard input within the time limit in the argument, or write the reason of failure to
    standard error.
    """
    try:
        import antimony
    except ImportError:
        return MISSING
    with contextlib.suppress(ImportError):  # platforms without this module have no such limits
        import resource

        resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))  # no files can be opened
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        seconds = int(sys.argv[1])
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    text = sys.stdin.buffer.read().decode()
    if antimony.loadAntimonyString(text) < 0:
        sys.stderr.buffer.write(str(antimony.getLastError()).encode())
        return REFUSED
    sbml = str(antimony.getSBMLString(antimony.getMainModuleName()))
    sys.stdout.buffer.write(sbml.encode())
    return TRANSLATED


if __name__ == "__main__":
    sys.exit(main())
