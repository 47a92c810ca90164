"""Translation of Antimony to SBML by libAntimony.

libAntimony is written in C++ and executes ``import "file"``, so the text is checked first. It runs in a
separate process without access to files or the environment and with limited time, so that a crash or an
endless loop does not affect the caller.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import accumulate

from neuralcrn.errors import InvalidValueError, NetworkError, ParseError, printable, shown_path
from neuralcrn.formats.antimony import translator

SIZE_LIMIT = 1_000_000
"""Maximum number of characters; much shorter texts, with a few thousand reactions, already take several
seconds.
"""
TIME_LIMIT = 8
"""Maximum processor time for a translation, seconds."""
_PATIENCE = 240.0
"""Maximum wall-clock time for a translation, seconds; for busy machines."""
DEPTH_LIMIT = 200
WORD_LIMIT = 1_000
"""Maximum length of a name or number, characters."""
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_NO_CODE = re.compile("[^\t\n\r\x20-\x7e]")
_SILENT = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|#[^\n]*|/\*.*?\*/', re.DOTALL)
"""Texts and comments, which may contain any words."""
_INHERITED = ("LD_LIBRARY_PATH", "SYSTEMROOT")
"""Environment variables that may be required to start the interpreter."""


def antimony_to_sbml(text: str, source: str) -> str:
    """Return an Antimony model as SBML.

    libAntimony keeps 15 digits of every number.

    Parameters
    ----------
    text : str
        At most a million characters. If there are several models, the main model as selected by libAntimony
        is translated, with its submodels flattened.
    source : str
        File name, shown in errors.

    Raises
    ------
    ParseError
        If the text is not Antimony, with the line if libAntimony provides it; if it imports another file or
        is nested more than 200 deep.
    InvalidValueError
        If it is too long, or libAntimony is not installed.
    NetworkError
        If libAntimony crashes, or needs more than 8 seconds.

    Examples
    --------
    >>> antimony_to_sbml("A -> B; k*A; k = 2; A = 1", "memory").count("<species ")
    2
    >>> antimony_to_sbml('import "secret.xml"', "memory")
    Traceback (most recent call last):
    ...
    neuralcrn.errors.ParseError: memory:1:1: 'import' would read another file: put its model into this one
      import "secret.xml"
      ^
    """
    where = shown_path(source)
    if len(text) > SIZE_LIMIT:
        raise InvalidValueError(
            f"{where}: has {len(text):,} characters: at most {SIZE_LIMIT:,} are read as Antimony; give SBML"
        )
    _check(text, where)
    try:
        # -I: imports depend neither on the environment nor on the working folder
        done = subprocess.run(
            [sys.executable, "-I", translator.__file__, str(TIME_LIMIT)],
            input=text.encode(),
            capture_output=True,
            timeout=_PATIENCE,
            env={name: os.environ[name] for name in _INHERITED if name in os.environ},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _slow(where) from None
    if done.returncode == translator.TIMED_OUT:
        raise _slow(where)
    if done.returncode == translator.MISSING:
        raise InvalidValueError("Antimony is read by libAntimony: pip install 'neuralcrn[sbml]'")
    if done.returncode == translator.REFUSED:
        raise _refusal(done.stderr.decode(errors="replace"), text, where)
    if done.returncode != translator.TRANSLATED:
        raise NetworkError(
            f"{where}: libAntimony crashed on this model, or needs more than 2 GB for it: give it as SBML"
        )
    return done.stdout.decode()


def _slow(where: str) -> NetworkError:
    return NetworkError(
        f"{where}: libAntimony needs more than {TIME_LIMIT} s for this model: give it as SBML"
    )


def _check(text: str, where: str) -> None:
    """Reject texts that libAntimony must not process."""
    if wrong := _NO_TEXT.search(text):
        raise ParseError.at(f"U+{ord(wrong[0]):04X} is not a valid character", text, wrong.start(), where)
    # replaced by blanks of equal length, so that positions are preserved
    spoken = _SILENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    if wrong := _NO_CODE.search(spoken):
        what = f"U+{ord(wrong[0]):04X} can stand in texts and comments alone"
        raise ParseError.at(what, text, wrong.start(), where)
    if word := re.search(r"\bimport\b", spoken):
        what = "'import' would read another file: put its model into this one"
        raise ParseError.at(what, text, word.start(), where)
    if word := re.search(rf"\w{{{WORD_LIMIT + 1}}}", spoken):
        what = f"a word of more than {WORD_LIMIT:,} characters: write a shorter one"
        raise ParseError.at(what, text, word.start(), where)
    steps = ((character in "({[") - (character in ")}]") for character in spoken)
    for position, depth in enumerate(accumulate(steps)):
        if depth > DEPTH_LIMIT:
            what = f"parentheses are nested more than {DEPTH_LIMIT} deep"
            raise ParseError.at(what, text, position, where)


def _refusal(message: str, text: str, where: str) -> ParseError:
    """Return the message of libAntimony, with the line that it reports."""
    told = re.match(r"Error in model string, line (\d+):\s*", message)
    line = min(int(told[1]) - 1, text.count("\n")) if told else 0
    position = sum(len(before) + 1 for before in text.split("\n")[:line])
    what = printable(" ".join(message[told.end() if told else 0 :].split()), 600)
    return ParseError.at(what, text, position, where)
