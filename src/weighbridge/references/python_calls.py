"""The calls of Python by which programs load models, as data: which argument names the model, which its revision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from weighbridge.references.readers import Kind


@dataclass(frozen=True, slots=True)
class Call:
    """A callable that takes a model.

    Args:
        rule: The rule's id.
        kind: How the text is read: one of `Kind`, ``api:VENDOR``, ``https:LIBRARY``, ``torchhub`` or ``whisper``.
        libraries: Top packages that it comes from; empty for any.
        names: Its last names; a name with dots is the end of a dotted path.
        model: Keywords that name the model.
        position: The model's place among the positional arguments; None for keywords alone.
        revision: The keyword of the revision; empty if it takes none.
        also: Further pairs of a model's keyword and its revision's.
    """

    rule: str
    kind: str
    libraries: tuple[str, ...]
    names: tuple[str, ...]
    model: tuple[str, ...]
    position: int | None = 0
    revision: str = ""
    also: tuple[tuple[str, str], ...] = ()


_HUB: Final = Kind.HUB.value
_REPO: Final = ("repo_id",)
CODE: Final = "trust_remote_code"
"""The keyword that lets code of a model's repository run, in every library of the table."""
CALLS: Final[tuple[Call, ...]] = (
    Call("hf-from-pretrained", _HUB, ("peft",), ("PeftModel.from_pretrained",), ("model_id",), 1, "revision"),
    Call("keras-preset", Kind.PLACE.value, ("keras_hub", "keras_nlp", "keras_cv"), ("from_preset",), ("preset",)),
    Call("llama-cpp", _HUB, ("llama_cpp",), ("Llama.from_pretrained",), _REPO),
    Call(
        *("hf-from-pretrained", _HUB, (), ("from_pretrained",)),
        ("pretrained_model_name_or_path", "model_id", "model_name_or_path", "model_name"),
        *(0, "revision"),
    ),
    Call("hf-pipeline", _HUB, ("transformers",), ("pipeline",), ("model",), 1, "revision"),
    Call(
        *("hf-download", _HUB, ("huggingface_hub",)),
        ("hf_hub_download", "snapshot_download", "cached_download", "hf_hub_url", "model_info", "load_torch_model"),
        *(_REPO, 0, "revision"),
    ),
    Call(
        *("sentence-transformers", _HUB, ("sentence_transformers",)),
        ("SentenceTransformer", "CrossEncoder", "SparseEncoder"),
        *(("model_name_or_path", "model_name"), 0, "revision"),
    ),
    Call(
        *(
            "diffusers-adapter",
            _HUB,
            ("diffusers",),
            ("load_lora_weights", "load_ip_adapter", "load_textual_inversion"),
        ),
        *(("pretrained_model_name_or_path_or_dict", "pretrained_model_name_or_path"), 0, "revision"),
    ),
    Call(
        "diffusers-adapter", Kind.LINK.value, ("diffusers",), ("from_single_file",), ("pretrained_model_link_or_path",)
    ),
    Call("timm", "https:timm", ("timm",), ("create_model",), ("model_name",)),
    Call(
        *("open-clip", "https:open_clip", ("open_clip",)),
        *(("create_model_and_transforms", "create_model", "create_model_from_pretrained"), ("model_name",)),
    ),
    Call("spacy", Kind.SPACY.value, ("spacy",), ("load",), ("name",)),
    Call("whisper", "https:whisper", ("whisper",), ("load_model",), ("name",)),
    Call("faster-whisper", "whisper", ("faster_whisper",), ("WhisperModel",), ("model_size_or_path",), 0, "revision"),
    Call("ultralytics", "https:ultralytics", ("ultralytics",), ("YOLO", "RTDETR", "SAM"), ("model",)),
    Call("tf-hub", Kind.PLACE.value, ("tensorflow_hub",), ("load", "KerasLayer"), ("handle",)),
    Call("torch-hub", "torchhub", ("torch",), ("hub.load",), ("repo_or_dir",)),
    Call(
        *("download", Kind.LINK.value, ("torch",)),
        *(("hub.load_state_dict_from_url", "hub.download_url_to_file", "load_state_dict_from_url"), ("url",)),
    ),
    Call("mlflow", Kind.REGISTERED.value, ("mlflow",), ("load_model",), ("model_uri",)),
    Call(
        *("vendor-api", "api:openai", ("openai",)),
        ("completions.create", "completions.parse", "responses.create", "responses.parse", "embeddings.create"),
        *(("model",), None),
    ),
    Call("vendor-api", "api:anthropic", ("anthropic",), ("messages.create", "messages.stream"), ("model",), None),
    Call(
        *("vendor-api", "api:google", ("google",)),
        *(("generate_content", "generate_content_stream", "embed_content"), ("model",), None),
    ),
    Call("vendor-api", "api:google", ("google", "vertexai"), ("GenerativeModel",), ("model_name",)),
    Call(
        *("vendor-api", "api:bedrock", ("boto3",)),
        *(("invoke_model", "invoke_model_with_response_stream", "converse", "converse_stream"), ("modelId",), None),
    ),
    Call("vendor-api", "api:mistral", ("mistralai",), ("chat.complete", "chat.stream"), ("model",), None),
    Call(
        *("vendor-api", Kind.LITELLM.value, ("litellm",)),
        *(("completion", "acompletion", "embedding", "aembedding"), ("model",)),
    ),
    Call(
        "vendor-api", "api:openai", ("langchain_openai",), ("ChatOpenAI", "OpenAIEmbeddings"), ("model", "model_name")
    ),
    Call("vendor-api", "api:azure", ("langchain_openai",), ("AzureChatOpenAI",), ("azure_deployment",), None),
    Call("vendor-api", "api:anthropic", ("langchain_anthropic",), ("ChatAnthropic",), ("model", "model_name")),
    Call("vendor-api", Kind.LITELLM.value, ("langchain",), ("init_chat_model",), ("model",)),
    Call(
        *("langchain-embeddings", _HUB, ("langchain_huggingface", "langchain_community", "llama_index")),
        *(("HuggingFaceEmbeddings", "HuggingFaceEmbedding"), ("model_name", "model"), None),
    ),
    Call(
        *("vllm", _HUB, ("vllm",), ("LLM", "EngineArgs", "AsyncEngineArgs"), ("model",), 0, "revision"),
        (("tokenizer", "tokenizer_revision"),),
    ),
    Call("sglang", _HUB, ("sglang",), ("Engine",), ("model_path",), None, "revision"),
    Call("weighbridge", Kind.GOVERNED.value, ("weighbridge",), ("load",), ("name",)),
)
NEEDLES: Final[tuple[bytes, ...]] = (
    *sorted({name.rpartition(".")[2].encode() for call in CALLS for name in call.names} - {b"load", b"create"}),
    *(b".load", b".create", b"import load"),
)
"""A file without any of these names no model by a call."""
