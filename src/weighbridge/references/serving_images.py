"""Container images that serve models: what their entrypoints start, and which are models themselves. Data alone."""

from __future__ import annotations

from typing import Final

from weighbridge.references.named import HOLE
from weighbridge.references.shell_commands import ANY

IMAGES: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("vllm/vllm-openai", ("vllm", "serve")),
    ("huggingface/text-generation-inference", ("text-generation-launcher",)),
    ("huggingface/tgi-gaudi", ("text-generation-launcher",)),
    ("huggingface/text-embeddings-inference", ("text-embeddings-router",)),
    ("predibase/lorax", ("lorax-launcher",)),
    ("ollama/ollama", ("ollama",)),
    ("ggml-org/llama.cpp", ("llama-server",)),
    ("ggerganov/llama.cpp", ("llama-server",)),
    ("michaelf34/infinity", ("infinity_emb",)),
    ("kserve/huggingfaceserver", ("huggingfaceserver",)),
    ("berriai/litellm", ("litellm",)),
    ("vllm-cpu-release-repo", ("vllm", "serve")),
)
"""Images whose entrypoint is such a program, by how the repository ends, and what it starts."""

WORDS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("vllm", ("vllm", "serve")),
    ("sglang", ("python -m sglang.launch_server",)),
    ("text-generation-inference", ("text-generation-launcher",)),
    ("text-embeddings-inference", ("text-embeddings-router",)),
)
"""Words in the last part of an image's name, for those that somebody built or copied."""

MODEL_IMAGES: Final = ("nvcr.io/nim/",)
"""Repositories of images that hold, or fetch, one model."""


def entrypoint(image: str) -> tuple[str, ...]:
    """What an image starts; empty if it is not known. One that can't be told counts as any program.

    Args:
        image: With or without host, tag and digest.
    """
    name = image.partition("@")[0]
    folder, slash, last = name.rpartition("/")
    name = f"{folder}{slash}{last.partition(':')[0]}"
    known = next((starts for end, starts in IMAGES if name == end or name.endswith(f"/{end}")), ())
    if known:
        return known
    if HOLE in name:
        return (ANY,)
    return next((starts for word, starts in WORDS if word in last), ())


def is_model_image(image: str) -> bool:
    """Whether an image is itself a model."""
    return image.startswith(MODEL_IMAGES)
