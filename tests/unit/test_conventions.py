"""Conventions of the source: nothing is executed from text, imports are light, files are short."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

import pytest

import neuralcrn
from neuralcrn.engines.native.compilation import kernel_sources

PACKAGE = Path(neuralcrn.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
BUILT_INS = {"eval", "exec", "compile", "__import__", "globals"}
MODULES = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "ctypes.util", "code", "runpy"}
ATTRIBUTES = {"sympify", "parse_expr", "popen", "run_string"}
HEAVY = {
    "numba",
    "scipy",
    "lark",
    "matplotlib",
    "sklearn",
    "networkx",
    "jax",
    "llvmlite",
    "pandas",
    "rich",
    "typer",
}


def forbidden(tree: ast.AST) -> list[tuple[int, str]]:
    """Return line and name of everything that could execute a text or load a program."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in BUILT_INS:
                found.append((node.lineno, name))
            case ast.Attribute(attr=name) if name in ATTRIBUTES:
                found.append((node.lineno, name))
            case ast.Attribute(value=ast.Name(id="os"), attr="system"):
                found.append((node.lineno, "os.system"))
            case ast.Attribute(value=ast.Name(id="yaml"), attr="load" | "load_all" | "unsafe_load"):
                found.append((node.lineno, "yaml.load"))
            case ast.Import(names=names):
                found.extend((node.lineno, name.name) for name in names if name.name in MODULES)
            case ast.ImportFrom(module=str(module), names=names):
                found.extend(
                    (node.lineno, name.name) for name in names if name.name in ATTRIBUTES | BUILT_INS
                )
                found.extend([(node.lineno, module)] if module.split(".")[0] in MODULES else [])
            case ast.keyword(arg="shell", value=value) if not (
                isinstance(value, ast.Constant) and value.value is False
            ):
                found.append((node.lineno, "shell=True"))
            case ast.keyword(arg="allow_pickle", value=value) if not (
                isinstance(value, ast.Constant) and value.value is False
            ):
                found.append((node.lineno, "allow_pickle=True"))
            case _:
                pass
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_is_executed_from_text(path: Path) -> None:
    assert forbidden(ast.parse(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "text",
    [
        "eval('1')",
        "exec(code)",
        "import pickle",
        "from pickle import loads",
        "import yaml\nyaml.load(x)",
        "from sympy import sympify",
        "sympy.parse_expr(x)",
        "subprocess.run(x, shell=True)",
        "np.load(x, allow_pickle=True)",
        "os.system(x)",
    ],
)
def test_execution_of_text_is_found(text: str) -> None:
    assert forbidden(ast.parse(text)) != []


def test_loading_arrays_refuses_objects_explicitly() -> None:
    loads = [
        node
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("np.load", "numpy.load")
    ]
    assert loads
    for node in loads:
        assert any(keyword.arg == "allow_pickle" for keyword in node.keywords), ast.unparse(node)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 400


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_are_absolute_and_by_name(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            assert all(name.name != "*" for name in node.names)


@pytest.mark.parametrize("name", neuralcrn.__all__)
def test_public_names_are_there(name: str) -> None:
    assert getattr(neuralcrn, name) is not None


def test_public_names_are_sorted_unique_and_documented() -> None:
    assert len(set(neuralcrn.__all__)) == len(neuralcrn.__all__)
    assert set(neuralcrn._ON_USE) <= set(neuralcrn.__all__)
    for name in neuralcrn.__all__:
        value = getattr(neuralcrn, name)
        if callable(value):
            assert value.__doc__, name


def test_unknown_names_are_no_attributes() -> None:
    with pytest.raises(AttributeError, match="nothing_of_this_name"):
        neuralcrn.nothing_of_this_name  # noqa: B018


def test_packages_export_what_they_say() -> None:
    packages = {path.parent.relative_to(PACKAGE.parent) for path in PACKAGE.rglob("__init__.py")}
    modules = [importlib.import_module(".".join(package.parts)) for package in packages]
    exports = [(module.__name__, name) for module in modules for name in getattr(module, "__all__", ())]
    assert len(exports) > len(neuralcrn.__all__)
    for module, name in exports:
        assert hasattr(sys.modules[module], name), f"{module}.{name}"


def test_the_kernel_cache_covers_every_file_with_a_kernel() -> None:
    covered = {*kernel_sources()}
    holding = {path for path in FILES if "\n@kernel\n" in path.read_text(encoding="utf-8")}
    assert len(holding) > 1
    assert holding <= covered


def test_kernels_only_use_names_of_files_that_the_cache_folder_is_named_by() -> None:
    """Otherwise a constant or kernel could change while old compiled code is still used."""
    covered = {*kernel_sources()}
    seen = 0
    for path in covered:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        home = {
            alias.asname or alias.name: PACKAGE.parent / f"{node.module.replace('.', '/')}.py"
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("neuralcrn")
            for alias in node.names
        }
        for function in tree.body:
            if isinstance(function, ast.FunctionDef) and "kernel" in map(
                ast.unparse, function.decorator_list
            ):
                used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)} & home.keys()
                seen += len(used)
                assert {home[name] for name in used} <= covered, (path.name, function.name)
    assert seen > 50


def test_import_is_light() -> None:
    code = "import sys, neuralcrn; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert HEAVY.isdisjoint(done.stdout.split())
    assert "numpy" in done.stdout.split()


def test_import_is_fast() -> None:
    """Few modules are loaded in addition to those of NumPy; times would depend on the machine."""
    code = "import sys, numpy; before = len(sys.modules); import neuralcrn; print(len(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) <= 120


def imported(tree: ast.AST, modules: Collection[str]) -> Iterator[str]:
    """Yield the modules that a file imports, anywhere in it.

    What is imported for a type checker alone is left out: such names stand in annotations only, which are
    never evaluated, so the module runs without the other one and can be read without it.
    """
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                continue
            case ast.Import(names=names):
                yield from (name.name for name in names if name.name in modules)
            case ast.ImportFrom(module=str(module), names=names):
                inner = [f"{module}.{name.name}" for name in names]
                yield from (name if name in modules else module for name in inner)
            case _:
                yield from imported(node, modules)


def cycles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Return the groups of modules that reach one another."""
    reached: dict[str, set[str]] = {}
    for start in graph:
        found, waiting = set[str](), [start]
        while waiting:
            new = {*graph.get(waiting.pop(), ())} - found
            found |= new
            waiting += new
        reached[start] = found
    groups = {frozenset(b for b in reached[a] if a in reached.get(b, ())) for a in graph if a in reached[a]}
    return sorted(map(sorted, groups))


def test_no_module_imports_itself_through_others() -> None:
    """Imports inside functions count as well."""
    modules = {
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
        for path in FILES
    }
    trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in modules.items()}
    graph = {name: {*imported(tree, modules)} - {name} for name, tree in trees.items()}
    assert sum(map(len, graph.values())) > 1_000
    assert cycles(graph) == []


def test_a_cycle_is_seen_wherever_it_is_imported() -> None:
    text = "import a.b\nfrom a import c\ndef f():\n    from a.d import x\nif TYPE_CHECKING:\n    import a.e"
    assert [*imported(ast.parse(text), {"a.b", "a.c", "a.d", "a.e"})] == ["a.b", "a.c", "a.d"]
    assert cycles({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"], "e": ["f"]}) == [["a", "b", "c"]]


TAG = re.compile(
    r"</?(a|b|code|details|div|h\d|i|img|li|ol|p|pre|span|sub|summary|sup|svg|t[dhr]|table|tspan|ul)[ >/]"
)


def tags(tree: ast.AST) -> list[str]:
    """Return the texts of a program, without those that document it, that hold a tag of HTML or SVG."""
    documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in documented]
    return [node.value for node in texts if isinstance(node.value, str) and TAG.search(node.value)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_renderers_write_tags(path: Path) -> None:
    if path.parent != PACKAGE / "display":
        assert tags(ast.parse(path.read_text(encoding="utf-8"))) == []


def test_a_tag_is_seen() -> None:
    assert tags(ast.parse('"""<p>"""\nx = f"<td {y}>"')) == ["<td "]
    assert tags(ast.parse((PACKAGE / "display" / "html.py").read_text(encoding="utf-8")))
