"""Signals of addresses: URLs and numeric hosts in places that none belongs to.

Links to well-known places of documentation are ordinary in configurations. An address that only makes sense to carry
data away, or in a code that is fetched, is named by its own words.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_KNOWN_HOSTS = """
huggingface.co hf.co github.com github.io githubassets.com gitlab.com bitbucket.org arxiv.org doi.org zenodo.org
openreview.net aclanthology.org semanticscholar.org paperswithcode.com acm.org ieee.org nature.com springer.com
pytorch.org tensorflow.org keras.io tfhub.dev onnx.ai onnxruntime.ai scikit-learn.org numpy.org scipy.org
python.org pypi.org readthedocs.io readthedocs.org docs.rs crates.io npmjs.com anaconda.org conda.io
w3.org schema.org json-schema.org purl.org xmlns.com ietf.org rfc-editor.org unicode.org iso.org mozilla.org
creativecommons.org opensource.org apache.org gnu.org fsf.org spdx.org licenses.ai choosealicense.com mit.edu
wikipedia.org wikimedia.org wikidata.org stanford.edu berkeley.edu cmu.edu ox.ac.uk cam.ac.uk
openai.com anthropic.com google.com ai.google.dev deepmind.com meta.com facebook.com fb.com llama.com
microsoft.com azure.com nvidia.com amazon.com amazon.science apple.com ibm.com intel.com amd.com qualcomm.com
mistral.ai cohere.com cohere.ai stability.ai ai21.com databricks.com mosaicml.com allenai.org eleuther.ai
bigscience.huggingface.co deepseek.com qwenlm.ai qwen.ai alibabacloud.com modelscope.cn baidu.com tencent.com
salesforce.com nomic.ai jina.ai mixedbread.ai voyageai.com snowflake.com sbert.net spacy.io explosion.ai
ultralytics.com opencv.org kaggle.com wandb.ai wandb.com mlflow.org dvc.org lightning.ai ray.io gradio.app
unsloth.ai axolotl.ai ollama.com lmstudio.ai ggml.ai llamaindex.ai langchain.com vllm.ai
example.com example.org example.net twitter.com x.com linkedin.com youtube.com youtu.be medium.com t.co discord.gg
discord.com reddit.com stackoverflow.com
"""
KNOWN: Final = frozenset(_KNOWN_HOSTS.split())
"""Hosts, with all below them, that configurations link to for people to read."""

FETCHED: Final = frozenset(
    {"raw.githubusercontent.com", "gist.github.com", "gist.githubusercontent.com", "script.google.com"}
)
"""Parts of well-known places that serve what anybody uploads, as plain data."""

_AFTER_SCHEME = re.compile(
    rb"(?:[^\s\"'<>\\/@]{1,100}@)?([A-Za-z0-9.-]{4,253}|\[[0-9a-fA-F:.]{3,45}\])"
    rb"(?::[0-9]{1,5})?((?:/[^\s\"'<>\\]{0,80})?)"
)
_SCHEME = re.compile(rb"(?:https?|wss?|s?ftps?|tcp|udp|ldaps?|rmi|gopher|smb)$", re.IGNORECASE)
_SCHEME_BYTES = 8
_COLON = re.compile(rb"\.[0-9]{1,3}:([0-9]{2,5})(?![\w.])")
_BEFORE_COLON = re.compile(rb"(?<![\w.:/@-])(?:[0-9]{1,3}\.){2}[0-9]{1,3}$")
_IPV4 = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}")
_NAME = re.compile(r"(?:[a-z0-9-]{1,63}\.){1,10}[a-z]{2,24}\.?")
_LOCAL = re.compile(r"127\.|0\.0\.0\.0$")


def addresses_in(data: bytes, *, vocabulary: bool) -> Iterator[str]:
    """Each address in a text that is no link to a well-known place, once.

    Args:
        data: The text.
        vocabulary: Whether it is a list of tokens: these hold pieces of addresses, and only whole ones count.
    """
    seen = set()
    for host, address in chain(_urls(data, 4 if vocabulary else 0), _numeric(data)):
        if host not in seen and is_foreign(host):
            seen.add(host)
            yield address


def _urls(data: bytes, least_path: int) -> Iterator[tuple[str, str]]:
    """Host and whole of each URL whose path is long enough."""
    at = data.find(b"://")
    while at >= 0:
        scheme = _SCHEME.search(data, max(0, at - _SCHEME_BYTES), at)
        found = _AFTER_SCHEME.match(data, at + 3) if scheme else None
        if scheme and found and len(found.group(2)) >= least_path:
            yield found.group(1).decode("ascii").lower().strip("[]"), _text(data[scheme.start() : found.end()])
        at = data.find(b"://", at + 3)


def _numeric(data: bytes) -> Iterator[tuple[str, str]]:
    """Host and whole of each numeric host with a port."""
    for found in _COLON.finditer(data):
        before = _BEFORE_COLON.search(data, max(0, found.start() - 12), found.start())
        if before and 0 < int(found.group(1)) < 1 << 16:
            whole = data[before.start() : found.end()]
            yield _text(whole.partition(b":")[0]), _text(whole)


def _text(data: bytes) -> str:
    return data.decode("ascii", "replace")


def is_foreign(host: str) -> bool:
    """Whether a host is a whole one, and neither well known nor this machine."""
    if _IPV4.fullmatch(host):
        return all(int(part) < 256 for part in host.split(".")) and not _LOCAL.match(host)  # noqa: PLR2004 - a byte
    if ":" in host:
        return host != "::1"
    if not _NAME.fullmatch(host):
        return False
    host = host.rstrip(".")
    if host in FETCHED:
        return True
    labels = host.split(".")
    return not any(".".join(labels[start:]) in KNOWN for start in range(len(labels) - 1))
