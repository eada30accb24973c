"""The repository itself: sizes that a reader can take in, docstrings, and nothing that ties it to one machine."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_FUNCTION = 50
LONGEST_MODULE = 400
EXCEPTIONS = {
    "src/ucity/cloud/ioc/api/city/readings.py:readings_router": "three endpoints of a few lines and their parameters",
}
"""``path`` or ``path:function`` to the reason why it may be longer."""


def tracked(*patterns: str) -> list[Path]:
    git = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603, S607
    return [ROOT / line for line in git.stdout.splitlines() if (ROOT / line).is_file()]


SOURCES = tracked("src/*.py", "bench/*.py")


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_modules_and_functions_can_be_read_in_one_sitting() -> None:
    too_long = []
    for file in SOURCES:
        name = str(file.relative_to(ROOT))
        text = file.read_text()
        if len(text.splitlines()) > LONGEST_MODULE and name not in EXCEPTIONS:
            too_long.append(name)
        for function in functions(ast.parse(text)):
            length = (function.end_lineno or 0) - function.lineno + 1
            if length > LONGEST_FUNCTION and f"{name}:{function.name}" not in EXCEPTIONS and "tests" not in file.parts:
                too_long.append(f"{name}:{function.name} ({length} lines)")
    assert not too_long


def test_every_module_says_what_it_is_for() -> None:
    silent = [str(file.relative_to(ROOT)) for file in SOURCES if not ast.get_docstring(ast.parse(file.read_text()))]
    assert not silent


def test_public_functions_and_classes_have_docstrings() -> None:
    silent = []
    for file in SOURCES:
        if "tests" in file.parts:
            continue
        for node in ast.parse(file.read_text()).body:
            named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            if named and not node.name.startswith("_") and not ast.get_docstring(node):
                silent.append(f"{file.relative_to(ROOT)}:{node.name}")
    assert not silent


TIES = re.compile(r"/root/|/home/[a-z]+/|pypi\.org/simple|files\.pythonhosted|registry\.npmjs")


@pytest.mark.parametrize("patterns", [("*.py", "*.md", "*.toml", "*.lock", "*.json", "*.ts", "*.svelte", "scripts/*")])
def test_nothing_names_a_home_folder_or_a_registry(patterns: tuple[str, ...]) -> None:
    tied = [
        f"{file.relative_to(ROOT)}: {found.group()}"
        for file in tracked(*patterns)
        if file != Path(__file__) and (found := TIES.search(file.read_text(errors="replace")))
    ]
    assert not tied


def test_links_in_the_documentation_lead_somewhere() -> None:
    broken = []
    for file in tracked("*.md"):
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", file.read_text()):
            if "://" not in target and not (file.parent / target).exists():
                broken.append(f"{file.relative_to(ROOT)}: {target}")
    assert not broken


def test_no_two_locks_of_the_database_have_one_number() -> None:
    found = [number for file in SOURCES for number in re.findall(r"^_LOCK = (0x\w+)$", file.read_text(), re.MULTILINE)]
    assert len(found) > 5
    assert sorted(found) == sorted(set(found))
