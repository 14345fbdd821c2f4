"""Requirements: what an environment of the model would install, and from where.

requirements.txt and its kin, conda's environments, MLflow's python_env.yaml, pyproject.toml, Pipfile, setup.cfg. Facts:
each requirement as written. Nothing is resolved or installed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from packaging.requirements import InvalidRequirement, Requirement

from weighbridge.checks import vulnerabilities
from weighbridge.checks.config_place import texts
from weighbridge.formats.fault import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.checks.notes import Notes
    from weighbridge.checks.subject import Subject

MAX_LINES = 5_000

_FILE: Final = re.compile(r"(?:.{0,60}requirements?.{0,60}|constraints.{0,40}|pip)\.(?:txt|in|pip)")
_PIP_SETTINGS: Final = re.compile(r"pip\.(?:conf|ini)|\.?pypirc|\.condarc")
_INDEX: Final = ("-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--trusted-host", "--proxy")
_SOURCES: Final = re.compile(
    r"(?:index[-_]url|extra[-_]index[-_]url|find[-_]links|trusted[-_]host)\s{0,5}=", re.IGNORECASE
)
_URL: Final = re.compile(r"(?:git|hg|svn|bzr)\+|[a-z][a-z0-9+.-]{1,12}://|git@|file:", re.IGNORECASE)
_PATH: Final = re.compile(
    r"\.{0,2}[/\\]|~|[A-Za-z]:[/\\]|\.$|.{1,300}\.(?:whl|zip|tar\.gz|tgz|tar\.bz2|egg)(?:$|[#\s])"
)
_OFFICIAL: Final = re.compile(
    r"https://(?:pypi\.org/simple|download\.pytorch\.org/whl|pypi\.nvidia\.com|conda\.anaconda\.org/[\w-]{1,60})(?:/[\w.-]{0,60})?/?"
)
_LISTS: Final = frozenset({"dependencies", "build_dependencies", "install_requires", "requires", "requirements"})
_TABLES: Final = frozenset({"dependencies", "dev-dependencies", "packages", "dev-packages", "sources"})


def look_text(name: str, text: str, subject: Subject, notes: Notes) -> None:
    """Judge a list of requirements, pip's settings or a setup.cfg.

    Args:
        name: The last part of the file's name, in lower case.
        text: All of it.
        subject: The file.
        notes: Where findings go.
    """
    if _FILE.fullmatch(name):
        lines(text.replace("\\\r\n", " ").replace("\\\n", " ").splitlines(), subject, notes)
    elif name == "setup.cfg":
        rows = [line.strip() for line in text.splitlines()]
        if any(row.startswith("dependency_links") for row in rows):
            _add("names links to install from: dependency_links", subject, notes)
        _each([row for row in rows[:MAX_LINES] if _URL.search(row) and " @ " in row], subject, notes)
    elif _PIP_SETTINGS.fullmatch(name):
        for row in text.splitlines()[:MAX_LINES]:
            if _SOURCES.match(row.strip()) and not _OFFICIAL.fullmatch(row.partition("=")[2].strip()):
                _add(f"installs from another place: {quoted(row.strip())}", subject, notes)


def look_document(name: str, document: Mapping[object, object], subject: Subject, notes: Notes) -> None:
    """Judge what a parsed document would have installed.

    Args:
        name: The last part of the file's name, in lower case.
        document: What it holds.
        subject: The file.
        notes: Where findings go.
    """
    if name.endswith((".yaml", ".yml", ".json")) and isinstance(document.get("dependencies"), list):
        _environment(document, subject, notes)
    elif name in {"pyproject.toml", "pipfile"}:
        _project(document, subject, notes)


def lines(rows: Iterable[str], subject: Subject, notes: Notes) -> None:
    """Judge the lines of a requirements file (https://pip.pypa.io/en/stable/reference/requirements-file-format/)."""
    kept = [row for raw in rows if (row := _bare(raw))]
    _each(kept[:MAX_LINES], subject, notes)
    if len(kept) > MAX_LINES:
        notes.add("not-inspected", f"more than {MAX_LINES} requirements", inside=subject.inside)


def _bare(raw: str) -> str:
    row = raw.strip()
    return "" if row.startswith("#") else row.partition(" #")[0].strip()


def _each(rows: Iterable[str], subject: Subject, notes: Notes) -> None:
    for row in rows:
        if row.startswith("-"):
            _option(row, subject, notes)
        else:
            _requirement(row, subject, notes)


def _option(row: str, subject: Subject, notes: Notes) -> None:
    word, _, rest = row.replace("=", " ", 1).partition(" ") if row.startswith("--") else row.partition(" ")
    value = rest.strip()
    if word.startswith(("-i", "-f", "-e", "-r", "-c")) and not word.startswith("--") and len(word) > len("-i"):
        word, value = word[:2], word[2:]
    if word in _INDEX:
        if not _OFFICIAL.fullmatch(value):
            _add(f"installs from another place: {quoted(row)}", subject, notes)
    elif word in {"-e", "--editable"}:
        _add(f"installs from a folder or repository: {quoted(row)}", subject, notes)
    elif word in {"-r", "--requirement", "-c", "--constraint"}:
        outside = _URL.match(value) or value.startswith(("/", "~", "\\")) or ".." in value
        if outside:
            _add(f"reads requirements from outside the model: {quoted(row)}", subject, notes)
    elif word in {"--global-option", "--install-option", "--config-settings", "--use-pep517", "--no-binary", "--pre"}:
        if word not in {"--no-binary", "--pre", "--use-pep517"}:
            _add(f"passes options to a build: {quoted(row)}", subject, notes)
    elif word not in {"--hash", "--require-hashes", "--prefer-binary", "--only-binary", "--no-index", "--no-deps"}:
        _add(f"has the option {quoted(row)}, which is not known", subject, notes)


def _requirement(row: str, subject: Subject, notes: Notes) -> None:
    plain = row.partition(" --")[0].strip()
    try:
        wanted = Requirement(plain)
    except InvalidRequirement:
        if _URL.match(plain) or _PATH.match(plain) or " @ " in plain:
            _add(f"installs from an address or path: {quoted(plain)}", subject, notes)
        return
    if wanted.url:
        _add(f"installs {quoted(wanted.name)} from an address: {quoted(wanted.url)}", subject, notes)
        return
    notes.fact("requirement", f"{wanted.name}{wanted.specifier}"[:200])
    for found in vulnerabilities.matching(wanted.name, wanted.specifier):
        notes.add("loader-vulnerability", f"{quoted(plain)} {found}", inside=subject.inside)


def _environment(document: Mapping[object, object], subject: Subject, notes: Notes) -> None:
    """An environment of conda, or MLflow's python_env.yaml."""
    conda = "channels" in document
    for channel in texts(document.get("channels")):
        if not _OFFICIAL.fullmatch(channel) and not re.fullmatch(r"[\w-]{1,60}", channel):
            _add(f"installs from the channel {quoted(channel)}", subject, notes)
    listed = document.get("dependencies")
    parts = [*(listed if isinstance(listed, list) else []), *_list(document.get("build_dependencies"))]
    for part in parts[:MAX_LINES]:
        if isinstance(part, dict):
            lines([row for row in _list(part.get("pip")) if isinstance(row, str)], subject, notes)
        elif isinstance(part, str) and (_URL.search(part) or "::" in part):
            _channel_package(part, subject, notes)
        elif isinstance(part, str):
            _each([_from_conda(part) if conda else part], subject, notes)


def _channel_package(part: str, subject: Subject, notes: Notes) -> None:
    """A package with its channel: ``channel::package``; an address in place of the channel is no name."""
    if _URL.search(part):
        _add(f"installs from an address: {quoted(part)}", subject, notes)


def _from_conda(part: str) -> str:
    """What pip writes `name==version`, conda writes `name=version=build`."""
    found = re.fullmatch(r"([A-Za-z0-9_.-]{1,100})={1,2}([\w.*]{1,60})(?:=[\w.*]{1,60})?", part)
    return f"{found[1]}=={found[2]}" if found else part


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _project(document: Mapping[object, object], subject: Subject, notes: Notes) -> None:
    """pyproject.toml and Pipfile: lists of requirements, tables of packages with sources, other indexes."""
    waiting: list[tuple[object, str]] = [(document, "")]
    seen = 0
    while waiting and seen < MAX_LINES:
        node, key = waiting.pop()
        seen += 1
        if isinstance(node, dict):
            waiting += [(item, str(name)) for name, item in node.items()]
            _source(node, key, subject, notes)
        elif isinstance(node, list):
            if key in _LISTS or key.startswith("optional"):
                _each([item for item in node if isinstance(item, str)][:MAX_LINES], subject, notes)
            waiting += [(item, key) for item in node if isinstance(item, dict | list)]


def _source(node: Mapping[object, object], key: str, subject: Subject, notes: Notes) -> None:
    """A table that says where a package, or all packages, come from."""
    for name in ("git", "hg", "path", "file"):
        if isinstance(node.get(name), str) and key not in {"project", "urls", "readme", "license", "tool"}:
            _add(f"installs {quoted(key)} from {quoted(str(node[name]))}", subject, notes)
            return
    url = node.get("url")
    if not isinstance(url, str):
        return
    if _PATH.fullmatch(url) and _URL.match(url):
        _add(f"installs {quoted(key)} from {quoted(url)}", subject, notes)
    elif key in {"source", "index", "sources"} | _TABLES and not _OFFICIAL.fullmatch(url):
        _add(f"installs from another place: {quoted(url)}", subject, notes)


def _add(message: str, subject: Subject, notes: Notes) -> None:
    notes.add("dangerous-requirement", message, inside=subject.inside)
