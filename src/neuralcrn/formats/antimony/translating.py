"""Antimony into SBML, by libAntimony.

libAntimony is written in C++ and obeys ``import "file"``, so a text is looked at before it gets there, and it
runs in a process of its own, without files, environment or unlimited time: neither a crash nor a hang of it
takes the caller down.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import accumulate

from neuralcrn.errors import InvalidValueError, NetworkError, ParseError, printable
from neuralcrn.formats.antimony import translator

SIZE_LIMIT = 1_000_000
"""Most characters; far shorter texts, of a few thousand reactions, already take libAntimony seconds."""
TIME_LIMIT = 8
"""Longest time of the processor for a translation, seconds."""
_PATIENCE = 240.0
"""Longest time until a translation must be done however busy the machine is, seconds."""
DEPTH_LIMIT = 200
WORD_LIMIT = 1_000
"""Longest name or number, characters."""
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_NO_CODE = re.compile("[^\t\n\r\x20-\x7e]")
_SILENT = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|#[^\n]*|/\*.*?\*/', re.DOTALL)
"""What may hold any word: texts and comments."""
_INHERITED = ("LD_LIBRARY_PATH", "SYSTEMROOT")
"""Variables without which an interpreter may not start."""


def antimony_to_sbml(text: str, source: str) -> str:
    """Return a model in Antimony as SBML.

    Of every number libAntimony keeps 15 digits.

    Parameters
    ----------
    text : str
        At most a million characters. Of several models the main one is translated, as libAntimony chooses it,
        with its submodels flattened into it.
    source : str
        File name, shown in errors.

    Raises
    ------
    ParseError
        If it is not Antimony, with the line where libAntimony tells one; if it imports another file or is
        nested more than 200 deep.
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
    where = printable(source)
    if len(text) > SIZE_LIMIT:
        raise InvalidValueError(
            f"{where}: has {len(text):,} characters: at most {SIZE_LIMIT:,} are read as Antimony; give SBML"
        )
    _check(text, where)
    try:
        # -I: neither the environment nor the working folder decides what is imported
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
    """Refuse what libAntimony must not see."""
    if wrong := _NO_TEXT.search(text):
        raise ParseError.at(f"U+{ord(wrong[0]):04X} is no character of a text", text, wrong.start(), where)
    # blanks in their place, so that positions stay those of the text
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
    """Return what libAntimony says, at the line that it tells."""
    told = re.match(r"Error in model string, line (\d+):\s*", message)
    line = min(int(told[1]) - 1, text.count("\n")) if told else 0
    position = sum(len(before) + 1 for before in text.split("\n")[:line])
    what = printable(" ".join(message[told.end() if told else 0 :].split()), 600)
    return ParseError.at(what, text, position, where)
