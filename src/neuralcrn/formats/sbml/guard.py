"""Checks of a text before it is passed to libSBML.

XML can cause unlimited work in a reader: recursive entities, nesting that exhausts the stack (libSBML crashes
on MathML about 8,000 deep), names and comments of megabytes. All of these are detected in one pass over the
tags. Two other errors are detected here because libSBML ignores them: it reads only the beginning of
malformed numbers, so that ``<cn> 1,5 </cn>`` is 1 and an integer of 3.5 is 3, and it does not check packages
that are declared in inner elements.
"""

from __future__ import annotations

import re

from neuralcrn.chemistry.values import TEXT_LIMIT
from neuralcrn.errors import InvalidValueError, ParseError, printable

_DEPTH_LIMIT = 200
_TAG_LIMIT = 100_000
_WIDTH_LIMIT = 1_000
"""Number of operands of a formula including enclosing formulas, from which libSBML builds a chain."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENCODING = re.compile(r"\s*<\?xml\s[^>?]*?\bencoding\s*=\s*[\"']([^\"']*)")
# Possessive quantifiers, so that an unclosed quote is detected without backtracking.
_TOKEN = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>"
    r"|</?[^\s<>/!?\"'=&]++(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+>"
    r"|<",
    re.DOTALL,
)
_NUMBER_TAG = re.compile(r"<(?:[A-Za-z_][\w.\-]*+:)?cn(\s[^<>]*)?>")
_NUMBER_TYPE = re.compile(r"\btype\s*=\s*[\"']\s*([\w-]*)")
_REAL = r"[+-]?(?:\d+\.?\d*|\.\d+)"
_NUMBERS = {
    "integer": re.compile(r"\s*[+-]?\d+\s*</", re.ASCII),
    "real": re.compile(rf"\s*{_REAL}(?:[eE][+-]?\d+)?\s*</", re.ASCII),
    "e-notation": re.compile(rf"\s*{_REAL}\s*<[^<>]*\bsep\s*/>\s*[+-]?\d+\s*</", re.ASCII),
    "rational": re.compile(r"\s*[+-]?\d+\s*<[^<>]*\bsep\s*/>\s*[+-]?\d+\s*</", re.ASCII),
}
_HEXADECIMAL = re.compile(
    r"\b(?:value|size|initialAmount|initialConcentration|stoichiometry)\s*=\s*[\"']\s*[+-]?0[xX]"
)
_FORMULA = re.compile(r"\sformula\s*=\s*(\"[^\"<]*+\"|'[^'<]*+')")
_PACKAGE = re.compile(
    r"(xmlns(?::[^\s=]*+)?)\s*=\s*[\"']\s*[^\"'<]*sbml\.org/sbml/level3/version\d+/(\w+)/version"
)
HARMLESS_PACKAGES = {"layout", "render", "groups"}
"""Packages that do not affect the dynamics."""
_PACKAGE_LIMIT = 20
_CODED = re.compile(r"xmlns(?::[^\s=]*+)?\s*=\s*(?:\"[^\"<&]*+&|'[^'<&]*+&)")
_DECLARED = r"\s(?:xmlns:{0}|{0}:required)\s*=\s*(?:\"[^\"<]*+\"|'[^'<]*+')"
_USED = r"<\s*{0}:|\s{0}:(?!required\b)[\w.-]+\s*="


def checked_text(text: str, source: str) -> str:
    """Return an XML text without its byte order mark, after checking that it can be passed to libSBML.

    Parameters
    ----------
    text : str
        At most 50 million characters.
    source : str
        File name or description of the source.

    Raises
    ------
    InvalidValueError
        If it is too long.
    ParseError
        If it contains control characters, another encoding than UTF-8, a document type or entities, unclosed
        tags, tags or comments of more than 100,000 characters, elements nested more than 200 deep, formulas
        of more than 1,000 operands, malformed numbers, or a package of SBML that affects the meaning of the
        model.

    Examples
    --------
    >>> checked_text("<!DOCTYPE sbml []><sbml/>", "m.xml")
    Traceback (most recent call last):
    ...
    neuralcrn.errors.ParseError: m.xml:1:1: document types and entities are not allowed: remove every '<!...' but comments
      <!DOCTYPE sbml []><sbml/>
      ^
    """  # noqa: E501
    if len(text) > TEXT_LIMIT:
        raise InvalidValueError(
            f"{printable(source)} has {len(text):,} characters: at most {TEXT_LIMIT:,} are read"
        )
    text = text.removeprefix("\ufeff")
    if not text or text.isspace():
        raise ParseError.at("the text is empty: expected an SBML document", text, 0, source)
    control = _NOT_XML.search(text)
    if control:
        raise ParseError.at(
            f"the character U+{ord(control[0]):04X} cannot stand in XML", text, control.start(), source
        )
    encoding = _ENCODING.match(text)
    if encoding and encoding[1].strip().lower() not in ("utf-8", "utf8", "us-ascii", "ascii"):
        why = f"encoding {printable(encoding[1])!r}: only UTF-8 is read"
        raise ParseError.at(why, text, encoding.start(1), source)
    _check_tags(text, source)
    _check_numbers(text, source)
    _check_level_one(text, source)
    return _without_packages(text, source)


def _without_packages(text: str, source: str) -> str:
    """Reject packages that affect the meaning of a model, and remove declarations of unused packages.

    The checks of libSBML crash on some packages that are only declared.
    """
    if coded := _CODED.search(text):
        why = "a namespace with a character reference: write its characters themselves"
        raise ParseError.at(why, text, coded.start(), source)
    declared = {package[0]: package for package in _PACKAGE.finditer(text)}
    for package in list(declared.values())[: _PACKAGE_LIMIT + 1]:
        prefix = re.escape(package[1].partition(":")[2])
        if package[2] in HARMLESS_PACKAGES:
            continue
        if not prefix or re.search(_USED.format(prefix), text) or len(declared) > _PACKAGE_LIMIT:
            why = f"the package {printable(package[2])!r} of SBML Level 3 is not supported: export without it"
            raise ParseError.at(why, text, package.start(), source)
        text = re.sub(_DECLARED.format(prefix), lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    return text


def _check_tags(text: str, source: str) -> None:
    """Reject document types, unclosed or long tags, deep nesting and long formulas."""
    # number of operands of each open element, None if it is not a formula
    operands: list[int | None] = []
    width = 0
    for match in _TOKEN.finditer(text):
        token, at = match.group(), match.start()
        if token == "<":
            declared = text.startswith("<!", at) and not text.startswith("<!--", at)
            why = "document types and entities are not allowed: remove every '<!...' but comments"
            unclosed = "not well-formed XML: this '<' begins no tag that closes; the character is '&lt;'"
            raise ParseError.at(why if declared else unclosed, text, at, source)
        if len(token) > _TAG_LIMIT and not token.startswith("<![CDATA["):
            why = f"a tag or comment of {len(token):,} characters: at most {_TAG_LIMIT:,} are read"
            raise ParseError.at(why, text, at, source)
        if token[1] in "!?":
            continue
        if token[1] == "/":
            width -= (operands.pop() if operands else None) or 0
            continue
        if operands and operands[-1] is not None:
            operands[-1] += 1
            width += 1
        if token[-2] != "/":
            operands.append(0 if token.startswith("<apply") or ":apply" in token else None)
        if len(operands) > _DEPTH_LIMIT or width > _WIDTH_LIMIT:
            why = f"elements nested over {_DEPTH_LIMIT} deep, or a formula of over {_WIDTH_LIMIT:,} operands"
            raise ParseError.at(why, text, at, source)


def _check_level_one(text: str, source: str) -> None:
    """Reject formulas of Level 1, which are texts, with more nesting or operands than allowed in MathML."""
    for formula in _FORMULA.finditer(text):
        deep, wide = (sum(map(formula[1].count, characters)) for characters in ("-/^(!", "+*,&|"))
        if deep > _DEPTH_LIMIT or wide > _WIDTH_LIMIT:
            why = f"a formula with over {_DEPTH_LIMIT} of - / ^ ( or over {_WIDTH_LIMIT:,} of + * ,"
            raise ParseError.at(why, text, formula.start(), source)


def _check_numbers(text: str, source: str) -> None:
    """Reject numbers that libSBML would read incorrectly."""
    for tag in _NUMBER_TAG.finditer(text):
        attributes = tag[1] or ""
        kind = _NUMBER_TYPE.search(attributes)
        pattern = _NUMBERS.get(kind[1] if kind else "real")
        if pattern is None or "base" in attributes or not pattern.match(text, tag.end()):
            why = "not a number of its type: expected for instance '<cn> 0.5 </cn>' or 'type=\"integer\"> 2'"
            raise ParseError.at(why, text, tag.start(), source)
    hexadecimal = _HEXADECIMAL.search(text)
    if hexadecimal:
        raise ParseError.at(
            "hexadecimal numbers are not read: write decimals", text, hexadecimal.start(), source
        )
