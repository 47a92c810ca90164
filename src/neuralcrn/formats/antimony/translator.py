"""The program that runs libAntimony, in a process of its own: Antimony comes in, SBML goes out.

It is started by its path and imports nothing of this library.
"""

from __future__ import annotations

import contextlib
import sys

TRANSLATED, REFUSED, MISSING, TIMED_OUT = 0, 4, 5, -24
"""How it ends, the last by SIGXCPU; other exit statuses are those of a crash."""
_MEMORY = 2_000_000_000


def main() -> int:
    """Translate standard input in so many seconds as the argument says, or tell on standard error why not."""
    try:
        import antimony
    except ImportError:
        return MISSING
    with contextlib.suppress(ImportError):  # what has no such module has no such limits
        import resource

        resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))  # no file is opened, whatever the text says
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
