"""What the pages name exists: files, and the subpackages in the table of CONTRIBUTING.md."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "neuralcrn"
PAGES = sorted(
    page
    for pattern in ("*.md", "docs/*.md", "docs/*/*.md")
    for page in ROOT.glob(pattern)
    if page.name != "CHANGELOG.md"  # which names files of earlier versions
)
FILE = re.compile(r"[\w./-]*/[\w.-]+\.(?:py|md)\b")
LINK = re.compile(r"\]\(([^)#:]+)\)")
ROW = re.compile(r"^\| ([^|]*) \|", re.MULTILINE)


def missing(text: str, folder: Path) -> set[str]:
    """Return the paths in a page of which no file exists in the repository or beside the page."""
    named = {*FILE.findall(re.sub(r"https?://\S+", "", text)), *LINK.findall(text)}
    return {path for path in named if not any((base / path).exists() for base in (ROOT, folder))}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_files_exist(page: Path) -> None:
    assert missing(page.read_text(encoding="utf-8"), page.parent) == set()


def test_missing_files_are_found() -> None:
    text = "`compiler/turns.py`, `src/neuralcrn/errors.py`, [a page](docs/none.md), https://x.org/a/b.py"
    assert missing(text, ROOT) == {"compiler/turns.py", "docs/none.md"}


def test_each_subpackage_is_in_the_table_of_contributing() -> None:
    """The packages of single formats are covered by the row of `formats`."""
    table = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("| subpackage |")[2]
    listed = {name for row in ROW.findall(table) for name in re.findall(r"`([\w.]+)`", row)}
    folders = (path.parent.relative_to(PACKAGE) for path in PACKAGE.rglob("__init__.py"))
    packages = {".".join(folder.parts) for folder in folders if folder.parts and folder.parts[0] != "formats"}
    assert listed == packages | {"formats"}


def test_the_table_of_learners_is_that_of_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """`python docs/extensions/published.py` renews it."""
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "extensions"))
    published = importlib.import_module("published")
    page = published.PAGE.read_text(encoding="utf-8")
    assert page == published.renewed(page)
    assert page.count("`perceptron-chopped`") == 1
