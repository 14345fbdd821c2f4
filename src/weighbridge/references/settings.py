"""Settings that name a model: environment variables and keys of configuration files, such as ``MODEL_ID``.

The tables are data. A key has to say *model* and the value has to look like one: that alone keeps false alarms rare.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from weighbridge.core.mention import Insertion, Mention, Spot
from weighbridge.references.named import HOLE, Named, is_hub_name, is_local
from weighbridge.references.readers import Kind, named
from weighbridge.references.vendor_names import KEY_WORDS, api, vendor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RULE: Final = "model-setting"
ENDINGS: Final[frozenset[str]] = frozenset(
    {
        *("model", "models", "modelid", "model_id", "model_name", "model_path", "model_repo", "model_repo_id"),
        *("model_name_or_path", "name_or_path", "model_source", "model_uri", "model_url", "model_ref", "model_weights"),
        *("repo_id", "hf_repo", "hf_id", "huggingface_id", "huggingface_repo", "model_hub_id", "model_checkpoint"),
        *("storage_uri", "weights_url", "checkpoint_url", "checkpoint", "tokenizer", "tokenizer_name", "tokenizer_id"),
        *("base_model_config", "tokenizer_config", "processor_config"),
        *("tokenizer_path", "llm", "reranker", "embedder", "embeddings", "pretrained", "hf_model_repo_id"),
    }
)
"""How keys of models end, written with ``_``."""
REFUSED: Final[frozenset[str]] = frozenset(
    {
        *("dataset", "datasets", "data", "push", "output", "save", "saved", "served", "metric", "metrics", "schema"),
        *("license", "user", "auth", "device", "vehicle", "car", "response", "view", "domain", "threat", "class"),
        *("type", "registry", "export", "upload", "destination", "dest", "target", "dir", "folder", "cache"),
    }
)
"""Words that make a key one of something else."""
REFUSED_KEYS: Final[frozenset[str]] = frozenset(
    {"hub_model_id", "push_to_hub_model_id", "hub_model", "hub_repo_id", "hub_repo", "hub_model_name"}
)
"""Keys that say where a trainer puts its result."""
_TABLES: Final[frozenset[str]] = frozenset(
    {"model", "models", "llm", "embedder", "embedding", "embeddings", "encoder", "reranker", "tokenizer", "teacher"}
)
"""How the keys of tables end that are about one model."""
_WITHIN: Final = ("uri", "url", "hub", "huggingface", "repo", "repository", "id", "name")
"""Keys that name the model in such a table, the surest first: a name beside an address is only what it is called."""
_PLACES_WITHIN: Final = frozenset({"path", "source", "file", "dir", "storage_uri"})
"""Keys beside which they say what the model is called, not where it comes from."""
DEPLOYMENTS: Final = ("deployment", "deployment_name", "deployment_id", "engine")
_BARE: Final = frozenset({"hf", "huggingface", "pretrained", "path", "base", "sentence", "tokenizer"})
"""Words of keys for which the oldest repositories, which have no owner, count as well."""
OWNERLESS: Final[frozenset[str]] = frozenset(
    {
        *("gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl", "distilgpt2", "openai-gpt", "transfo-xl-wt103", "ctrl"),
        *("bert-base-uncased", "bert-large-uncased", "bert-base-cased", "bert-large-cased", "bert-base-chinese"),
        *("bert-base-multilingual-cased", "bert-base-multilingual-uncased", "bert-base-german-cased"),
        *("distilbert-base-uncased", "distilbert-base-cased", "distilbert-base-uncased-finetuned-sst-2-english"),
        *("distilbert-base-multilingual-cased", "roberta-base", "roberta-large", "roberta-large-mnli"),
        *("distilroberta-base", "xlm-roberta-base", "xlm-roberta-large", "albert-base-v2", "xlnet-base-cased"),
        *("t5-small", "t5-base", "t5-large", "t5-3b", "t5-11b", "camembert-base", "flaubert_base_cased"),
    }
)
"""Repositories of the Hub without an owner, as old code still writes them."""
SENTENCE_STARTS: Final = ("all-MiniLM-", "all-mpnet-", "all-distilroberta-", "multi-qa-", "paraphrase-", "msmarco-")
"""How short names of sentence-transformers begin; the owner is that name."""
_PLAIN: Final = frozenset(
    {"pretrained", "model", "id", "modelid", "name", "or", "path", "hf", "huggingface", "repo", "base", "llm"}
)
"""Words of the keys to which a plain ``revision`` belongs, whatever other models stand beside."""
_TRUE: Final = frozenset({"true", "1", "yes", "on"})
_MAX_KEY: Final = 100


@lru_cache(maxsize=4096)
def normal(key: str) -> str:
    """A key in small letters with ``_`` between its words: ``model_id`` for ``modelId``, ``MODEL-ID``, ``model.id``."""
    parts: list[str] = []
    before = ""
    for mark in key[:_MAX_KEY]:
        if not mark.isalnum():
            parts.append("_")
        elif mark.isupper() and before.islower():
            parts += ("_", mark.lower())
        else:
            parts.append(mark.lower())
        before = mark
    return "_".join(part for part in "".join(parts).split("_") if part)


@lru_cache(maxsize=4096)
def _says_model(key: str) -> bool:
    words = key.split("_")
    if key in REFUSED_KEYS or REFUSED & set(words):
        return False
    return any("_".join(words[start:]) in ENDINGS for start in range(len(words)))


def within(table: str, keys: Iterable[str]) -> str:
    """The key that names the model in a table that is about one, such as ``name`` in ``base_model``; empty for none.

    Args:
        table: The table's own key.
        keys: All keys in it, as `normal` gives them.
    """
    words = normal(table).split("_")
    if words[-1] not in _TABLES or not REFUSED.isdisjoint(words):
        return ""
    given = set(keys)
    return "" if given & _PLACES_WITHIN else next((key for key in _WITHIN if key in given), "")


@lru_cache(maxsize=4096)
def may_name(key: str) -> bool:
    """Whether a key can name a model at all, whatever its value.

    Args:
        key: Its name, in any spelling.
    """
    name = normal(key)
    return _says_model(name) or bool(_vendor_of(name))


def setting(key: str, text: str) -> Named | None:
    """The model that a setting names; None if it names none.

    Args:
        key: Its name, in any spelling.
        text: Its value.
    """
    # A leading underscore says where a file came from, not what is loaded.
    if not text or len(key) > _MAX_KEY or HOLE in text or key.startswith("_"):
        return None
    if text.startswith(("models:/", "hf://", "ollama://")):
        return named(Kind.PLACE, text)
    name = normal(key)
    whose = _vendor_of(name)
    if whose:
        return _of_vendor(whose, text)
    if not _says_model(name):
        return None
    if name.startswith("ollama_") or name == "ollama":
        return named(Kind.OLLAMA, text)
    return _of_key(name, text)


def _vendor_of(name: str) -> str:
    """The vendor whose model a key names; empty if it is nobody's."""
    words = name.split("_")
    if "azure" in words and name.endswith(DEPLOYMENTS):
        return "azure"
    if name.endswith(DEPLOYMENTS) and "openai" in words and "name" in words:
        return "azure"
    whose = next((KEY_WORDS[word] for word in words if word in KEY_WORDS), "")
    return whose if whose and _says_model(name) else ""


def _of_vendor(whose: str, text: str) -> Named | None:
    if any(mark.isspace() for mark in text) or is_local(text) or "://" in text:
        return None
    known = vendor(text)
    if known is not None:
        return known
    if whose != "bedrock" and is_hub_name(text, with_owner=True):
        return Named("hf", text)
    return api(whose, text)


def _of_key(name: str, text: str) -> Named | None:
    if "://" in text:
        return named(Kind.PLACE, text)
    known = vendor(text)
    if known is not None:
        return known
    bare, _, _ = text.partition("@")
    if is_hub_name(bare, with_owner=True):
        return named(Kind.HUB, text)
    words = set(name.split("_"))
    if text in OWNERLESS and words & _BARE:
        return Named("hf", text)
    if text.startswith(SENTENCE_STARTS) and is_hub_name(text):
        return Named("hf", f"sentence-transformers/{text}")
    return None


def revision_beside(key: str, beside: Mapping[str, str]) -> str | None:
    """The key of the revision that stands beside a key, as `normal` gives it; None if none does.

    Args:
        key: The key of the model.
        beside: The other settings of its table, keys as `normal` gives them.
    """
    name = normal(key)
    words = name.split("_")
    tries = ["_".join((*words[:end], "revision")) for end in range(len(words), 0, -1)]
    if _PLAIN.issuperset(words) or not any(_says_model(each) for each in beside if each != name):
        tries += ["revision", "model_revision", "revision_of_model", "hf_revision", "hf_model_revision", "commit_hash"]
    return next((each for each in tries if beside.get(each)), None)


def mention(
    key: str,
    text: str,
    spot: Spot,
    beside: Mapping[str, str],
    rule: str = RULE,
    *,
    places: Mapping[str, tuple[int, int]] | None = None,
) -> Mention | None:
    """The mention of a setting; None if it names no model.

    Args:
        key: Its name.
        text: Its value.
        spot: Where its value stands.
        beside: The other settings of its table, keys as `normal` gives them.
        rule: The id of the rule.
        places: The line and column of other settings' values, as far as they are known.
    """
    if beside.get("repo_type") in {"dataset", "space"}:
        return None
    found = setting(key, text)
    if found is None:
        return None
    revision, is_open, insertion = found.revision, found.is_open, None
    if revision is None and found.scheme == "hf" and not is_open:
        name = revision_beside(key, beside)
        said = beside[name] if name is not None else None
        revision, is_open = (None, True) if said and HOLE in said else (said, False)
        place = places.get(name) if places and name is not None else None
        insertion = Insertion(*place, "", "", len(revision)) if revision and place is not None else None
    runs_code = found.scheme == "hf" and beside.get("trust_remote_code", "").lower() in _TRUE
    return Mention(
        spot,
        rule,
        key,
        found.scheme,
        found.model,
        revision,
        is_open=is_open,
        can_pin=found.can_pin,
        runs_code=runs_code,
        insertion=insertion,
    )
