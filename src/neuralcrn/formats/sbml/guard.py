"""Checks of a text before it is passed to libSBML.

XML can cause unlimited work in a reader: recursive entities, nesting that exhausts the stack (libSBML crashes
on MathML about 8,000 deep), names and comments of megabytes. All of these are detected in one pass of expat,
which stops at the first. Two other errors are detected here because libSBML ignores them: it reads only the
beginning of malformed numbers, so that ``<cn> 1,5 </cn>`` is 1 and an integer of 3.5 is 3, and it does not
check packages that are declared in inner elements.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.parsers import expat

from neuralcrn.chemistry.values import TEXT_LIMIT
from neuralcrn.errors import InvalidValueError, ParseError, printable, shown_path

_DEPTH_LIMIT = 200
_TAG_LIMIT = 100_000
_WIDTH_LIMIT = 1_000
"""Number of operands of a formula including enclosing formulas, from which libSBML builds a chain."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SEPARATOR = "\0"
"""Stands for the element ``sep`` in the content of a number."""
_REAL = r"[+-]?(?:\d+\.?\d*|\.\d+)"
_NUMBERS = {
    "integer": re.compile(r"\s*[+-]?\d+\s*", re.ASCII),
    "real": re.compile(rf"\s*{_REAL}(?:[eE][+-]?\d+)?\s*", re.ASCII),
    "e-notation": re.compile(rf"\s*{_REAL}\s*{_SEPARATOR}\s*[+-]?\d+\s*", re.ASCII),
    "rational": re.compile(rf"\s*[+-]?\d+\s*{_SEPARATOR}\s*[+-]?\d+\s*", re.ASCII),
}
_HEXADECIMAL = re.compile(r"\s*[+-]?0[xX]")
_DECIMALS = {"value", "size", "initialAmount", "initialConcentration", "stoichiometry"}
_PACKAGE = re.compile(r"sbml\.org/sbml/level3/version\d+/(\w+)/version")
HARMLESS_PACKAGES = {"layout", "render", "groups"}
"""Packages that do not affect the dynamics."""
_PACKAGE_LIMIT = 20
_DECLARED = r"\s(?:xmlns:{0}|{0}:required)\s*=\s*(?:\"[^\"<]*+\"|'[^'<]*+')"


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
        If it contains control characters, another encoding than UTF-8, a document type or entities, or is
        not well-formed; tags or comments of more than 100,000 characters, elements nested more than 200 deep, formulas
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
            f"{shown_path(source)} has {len(text):,} characters: at most {TEXT_LIMIT:,} are read"
        )
    text = text.removeprefix("\ufeff")
    if not text or text.isspace():
        raise ParseError.at("the text is empty: expected an SBML document", text, 0, source)
    control = _NOT_XML.search(text)
    if control:
        raise ParseError.at(
            f"the character U+{ord(control[0]):04X} cannot stand in XML", text, control.start(), source
        )
    guard = _Guard(text, source)
    guard.check()
    return _without_packages(guard, text)


def _without_packages(guard: _Guard, text: str) -> str:
    """Reject packages that affect the meaning of a model, and remove declarations of unused packages.

    The checks of libSBML crash on some packages that are only declared.
    """
    for (prefix, package), at in guard.packages.items():
        if package in HARMLESS_PACKAGES:
            continue
        if not prefix or prefix in guard.prefixes or len(guard.packages) > _PACKAGE_LIMIT:
            why = f"the package {printable(package)!r} of SBML Level 3 is not supported: export without it"
            raise guard.refusal(why, at)
        declared = _DECLARED.format(re.escape(prefix))
        text = re.sub(declared, lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    return text


@dataclass(slots=True)
class _Number:
    """An element ``cn`` that is open: its type, where it begins, and its content so far."""

    kind: str
    at: int
    content: str = ""


class _Guard:
    """One pass of expat over a text, which ends with a refusal at the first error.

    Attributes
    ----------
    packages : dict from tuple of two str to int
        Prefixes and names of the packages of SBML that are declared, with the position of each in bytes.
    prefixes : set of str
        Prefixes of elements and attributes, except of the attribute ``required``.
    """

    def __init__(self, text: str, source: str):
        self.packages: dict[tuple[str, str], int] = {}
        self.prefixes: set[str] = set()
        self._text, self._source, self._data = text, source, text.encode()
        self._operands: list[int | None] = []  # of each open element, None if it is not a formula
        self._width = 0
        self._number: _Number | None = None
        self._parser = parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._document_type
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CommentHandler = self._comment
        parser.ProcessingInstructionHandler = lambda target, data: self._comment(data)
        parser.StartCdataSectionHandler = lambda: self._comment("")

    def check(self) -> None:
        """Parse the text.

        Raises
        ------
        ParseError
            With the position of the first error.
        """
        try:
            self._parser.Parse(self._data, True)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            if reason == expat.errors.XML_ERROR_INVALID_TOKEN:
                reason = "invalid token; the characters '<' and '&' are written '&lt;' and '&amp;'"
            why = f"not well-formed XML: {reason}"
            raise self.refusal(why, self._parser.ErrorByteIndex) from None

    def refusal(self, why: str, at: int | None = None) -> ParseError:
        """Return the error at a position in bytes, by default the present one."""
        begun = self._data[: self._parser.CurrentByteIndex if at is None else at]
        return ParseError.at(why, self._text, len(begun.decode(errors="ignore")), self._source)

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding and encoding.strip().lower() not in ("utf-8", "utf8", "us-ascii", "ascii"):
            raise self.refusal(f"encoding {printable(encoding)!r}: only UTF-8 is read")

    def _document_type(self, *declared: object) -> None:
        at = self._data.rfind(b"<!DOCTYPE", 0, self._parser.CurrentByteIndex)
        why = "document types and entities are not allowed: remove every '<!...' but comments"
        raise self.refusal(why, at)

    def _comment(self, text: str) -> None:
        self._check_length(len(text))
        if self._number is not None:  # libSBML reads a number up to here
            raise self._malformed(self._number)

    def _check_length(self, length: int) -> None:
        if length > _TAG_LIMIT:
            raise self.refusal(f"a tag or comment of {length:,} characters: at most {_TAG_LIMIT:,} are read")

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        prefix, _, name = tag.rpartition(":")
        self._check_length(len(tag) + sum(len(key) + len(value) for key, value in attributes.items()))
        self._check_attributes(attributes)
        self._nest(name)
        if prefix:
            self.prefixes.add(prefix)
        if self._number is not None:
            if name != "sep":
                raise self._malformed(self._number)
            self._number.content += _SEPARATOR
        elif name == "cn":
            self._number = _Number(attributes.get("type", "real").strip(), self._parser.CurrentByteIndex)
            if self._number.kind not in _NUMBERS or "base" in attributes:
                raise self._malformed(self._number)
            self._parser.CharacterDataHandler = self._content

    def _end(self, tag: str) -> None:
        self._width -= self._operands.pop() or 0
        if self._number is not None and tag.rpartition(":")[2] == "cn":
            if not _NUMBERS[self._number.kind].fullmatch(self._number.content):
                raise self._malformed(self._number)
            self._number = self._parser.CharacterDataHandler = None

    def _content(self, text: str) -> None:
        assert self._number is not None
        self._number.content += text

    def _malformed(self, number: _Number) -> ParseError:
        why = "not a number of its type: expected for instance '<cn> 0.5 </cn>' or 'type=\"integer\"> 2'"
        return self.refusal(why, number.at)

    def _nest(self, name: str) -> None:
        """Count an element: how deep it is, and how many operands the formulas around it have."""
        if self._operands and self._operands[-1] is not None:
            self._operands[-1] += 1
            self._width += 1
        self._operands.append(0 if name == "apply" else None)
        if len(self._operands) > _DEPTH_LIMIT or self._width > _WIDTH_LIMIT:
            raise self.refusal(
                f"elements nested over {_DEPTH_LIMIT} deep, or a formula of over {_WIDTH_LIMIT:,} operands"
            )

    def _check_attributes(self, attributes: Mapping[str, str]) -> None:
        for key, value in attributes.items():
            prefix, _, name = key.rpartition(":")
            if key == "xmlns" or prefix == "xmlns":
                if package := _PACKAGE.search(value):
                    at = self._parser.CurrentByteIndex
                    self.packages.setdefault((name if prefix else "", package[1]), at)
            elif prefix and name != "required":
                self.prefixes.add(prefix)
            if name in _DECIMALS and _HEXADECIMAL.match(value):
                raise self.refusal("hexadecimal numbers are not read: write decimals")
            if key == "formula":
                self._check_level_one(value)

    def _check_level_one(self, formula: str) -> None:
        """Reject formulas of Level 1, which are texts, with the depth or width that MathML must not have."""
        deep, wide = (sum(map(formula.count, characters)) for characters in ("-/^(!", "+*,&|"))
        if deep > _DEPTH_LIMIT or wide > _WIDTH_LIMIT:
            raise self.refusal(
                f"a formula with over {_DEPTH_LIMIT} of - / ^ ( or over {_WIDTH_LIMIT:,} of + * ,"
            )
