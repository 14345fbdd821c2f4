"""Which extractor reads a file: by its name, or by its first line for scripts without a suffix."""

from __future__ import annotations

from fnmatch import fnmatchcase
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.references.extraction import Extraction
    from weighbridge.references.python import PythonExtractor

    Read = Callable[[str], bytes | None]

_NAMES: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("notebook", ("*.ipynb",)),
    ("python", ("*.py", "*.pyw")),
    ("javascript", ("*.js", "*.mjs", "*.cjs", "*.jsx", "*.ts", "*.mts", "*.cts", "*.tsx")),
    ("shell", ("*.sh", "*.bash", "*.zsh", "*.ksh", ".bashrc", ".profile", ".envrc")),
    ("makefile", ("makefile", "gnumakefile", "*.mk", "makefile.*")),
    ("requirements", ("requirements*.txt", "requirements*.in", "constraints*.txt")),
    ("dockerfile", ("dockerfile", "dockerfile.*", "*.dockerfile", "containerfile", "containerfile.*")),
    ("dockerfile:modelfile", ("modelfile", "modelfile.*", "*.modelfile")),
    ("keyed", (".env", ".env.*", "*.env", "*.toml", "*.json", "*.jsonc", "*.ini", "*.cfg", "*.properties")),
    ("yaml_files", ("*.yaml", "*.yml", "*.yaml.tmpl", "*.yml.tmpl", "*.yaml.gotmpl", "*.yaml.j2", "*.yml.j2")),
)
_SHELLS: Final = frozenset({"sh", "bash", "dash", "zsh", "ksh", "ash"})
_FIRST_LINE: Final = 200


def language(path: str, start: bytes) -> str:
    """The extractor for a file; empty for none.

    Args:
        path: The file.
        start: Its first bytes: 200 are enough.
    """
    name = path.rpartition("/")[2].lower()
    for module, patterns in _NAMES:
        if any(fnmatchcase(name, pattern) for pattern in patterns):
            return module
    return _by_first_line(start) if "." not in name else ""


def by_name(path: str) -> bool:
    """Whether a file's name alone tells that there is an extractor, or leaves it open."""
    return "." not in path.rpartition("/")[2] or bool(language(path, b""))


class Extractors:
    """The extractors for one repository: what Python files import is read once for all of them.

    Args:
        repository: Gives the bytes of a file by its path from the repository's top, or None.
    """

    def __init__(self, repository: Read) -> None:
        self._repository = repository
        self._python: PythonExtractor | None = None

    def extract(self, path: str, data: bytes) -> Extraction | None:
        """The models that a file names; None if no extractor reads such files.

        Args:
            path: The file, relative to the repository.
            data: Its bytes.
        """
        module, _, function = language(path, data[:_FIRST_LINE]).partition(":")
        if not module:
            return None
        if module == "python":
            return self._of_python().extract(path, data)
        # By name, so that a run imports the grammars of the languages that it meets.
        reader = import_module(f"weighbridge.references.{module}")
        more = {"python": self._of_python()} if module == "notebook" else {}
        found: Extraction = getattr(reader, function or "extract")(path, data, self._repository, **more)
        return found

    def _of_python(self) -> PythonExtractor:
        if self._python is None:
            made: PythonExtractor = import_module("weighbridge.references.python").PythonExtractor(self._repository)
            self._python = made
        return self._python


def extract(path: str, data: bytes, repository: Read) -> Extraction | None:
    """`Extractors.extract` of one file alone.

    Args:
        path: The file, relative to the repository.
        data: Its bytes.
        repository: Gives the bytes of another file, or None.
    """
    return Extractors(repository).extract(path, data)


def _by_first_line(start: bytes) -> str:
    """The language of a script, by the program that its first line names."""
    if not start.startswith(b"#!"):
        return ""
    words = start[2:].partition(b"\n")[0].decode("utf-8", "replace").split()
    names = [word.rpartition("/")[2] for word in words if not word.startswith("-")]
    program = next((name for name in names if name != "env" and "=" not in name), "")
    if program in _SHELLS:
        return "shell"
    return "python" if program.rstrip("0123456789.") == "python" else ""
