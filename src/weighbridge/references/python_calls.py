"""The calls of Python by which programs load models, as data: which argument names the model, which its revision.

Vendors' SDKs are `weighbridge.references.python_vendors`; what the texts mean is `weighbridge.references.python_kinds`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from weighbridge.references.readers import Kind


@dataclass(frozen=True, slots=True)
class Call:
    """A callable that takes a model.

    Args:
        rule: The rule's id.
        kind: How the text is read: one of `Kind`, or a kind of `weighbridge.references.python_kinds`.
        libraries: Top packages that it comes from; empty for any.
        names: Its last names; a name with dots is the end of a dotted path, ``*`` any last name in that module.
        model: Keywords that name the model.
        position: The model's place among the positional arguments; None for keywords alone.
        revision: The keyword of the revision; empty if it takes none.
        revision_at: The revision's place among the positional arguments.
        also: Further pairs of a model's keyword and its revision's.
        objects: Whether it is also a method of objects whose class can't be told, in a file that knows the library.
        quiet: Whether an argument that can't be told is passed over: most such calls have nothing to do with models.
        when: What else must hold: ``pretrained``, ``tag``, ``weights``, ``imagenet`` or ``remote``.
    """

    rule: str
    kind: str
    libraries: tuple[str, ...]
    names: tuple[str, ...]
    model: tuple[str, ...] = ()
    position: int | None = 0
    revision: str = ""
    revision_at: int | None = None
    also: tuple[tuple[str, str], ...] = ()
    objects: bool = False
    quiet: bool = False
    when: str = ""


_HUB: Final = Kind.HUB.value
_LINK: Final = Kind.LINK.value
_REPO: Final = ("repo_id",)
_MODEL: Final = ("model",)
_NAMED: Final = ("model_name", "model_name_or_path", "model")
CODE: Final = ("trust_remote_code", "trust_repo")
"""Keywords that let code of a model's repository run, in every library of the table."""
_PRETRAINED: Final = (
    *("pretrained_model_name_or_path", "model_id", "model_name_or_path", "model_name", "repo_id"),
    *("pretrained_model_name_or_path_or_dict", "pretrained_model_or_path", "pretrained_name_or_path"),
    *("model_path", "path_or_hf_repo", "pretrained_path"),
)
_PIPELINE: Final = tuple(
    (part, "revision") for part in ("tokenizer", "config", "feature_extractor", "image_processor", "processor")
)

_CORE: Final[tuple[Call, ...]] = (
    Call(
        *("hf-from-pretrained", _HUB, ("peft",)),
        ("PeftModel.from_pretrained", "PeftMixedModel.from_pretrained", "PeftModelForCausalLM.from_pretrained"),
        *(("model_id",), 1, "revision"),
    ),
    Call("vendor-api", "api:google", ("vertexai", "google"), ("from_pretrained",), ("model_name", "model_id")),
    Call("llama-cpp", _HUB, ("llama_cpp",), ("Llama.from_pretrained",), _REPO),
    Call("hf-from-pretrained", _HUB, (), ("from_pretrained", "from_quantized"), _PRETRAINED, 0, "revision"),
    Call(
        *("hf-pipeline", _HUB, ("transformers", "optimum"), ("pipeline", "pipelines.pipeline"), _MODEL, 1, "revision"),
        also=_PIPELINE,
    ),
    Call("hf-download", _HUB, ("transformers",), ("cached_file",), ("path_or_repo_id",), 0, "revision", quiet=True),
    Call(
        *("hf-download", _HUB, ("huggingface_hub",)),
        ("hf_hub_download", "snapshot_download", "hf_hub_url", "model_info", "repo_info", "get_safetensors_metadata"),
        *(_REPO, 0, "revision"),
        objects=True,
    ),
    Call(
        *("hf-download", _HUB, ("huggingface_hub",), ("from_pretrained_keras", "from_pretrained_fastai")),
        *(("pretrained_model_name_or_path", "repo_id"), 0, "revision"),
    ),
    Call("hf-download", Kind.OWNED.value, ("huggingface_hub",), ("Repository",), ("clone_from",), 1, "revision"),
    Call("hf-inference", "inference", ("huggingface_hub",), ("InferenceClient", "AsyncInferenceClient"), _MODEL),
    Call(
        *("sentence-transformers", _HUB, ("sentence_transformers",)),
        ("SentenceTransformer", "CrossEncoder", "SparseEncoder", "models.Transformer"),
        *(("model_name_or_path", "model_name"), 0, "revision"),
    ),
    Call(
        *("diffusers-adapter", _HUB, ("diffusers", "transformers", "peft")),
        ("load_lora_weights", "load_ip_adapter", "load_textual_inversion", "load_attn_procs", "load_lora_adapter"),
        (*_PRETRAINED, "pretrained_model_name_or_path_or_dict"),
        *(0, "revision"),
        objects=True,
    ),
    Call(
        *("diffusers-adapter", _HUB, ("transformers", "peft", "adapters"), ("load_adapter",)),
        *(("peft_model_id", "model_id", "adapter_name_or_path"), 0, "revision"),
        objects=True,
    ),
    Call(
        *("diffusers-adapter", "file", ("diffusers",), ("from_single_file",)),
        *(("pretrained_model_link_or_path", "pretrained_model_link_or_path_or_dict"), 0, "revision"),
        objects=True,
    ),
)

_LIBRARIES: Final[tuple[Call, ...]] = (
    Call(
        "timm",
        "https:timm",
        ("timm",),
        ("timm.create_model", "models.create_model"),
        ("model_name",),
        when="pretrained",
    ),
    Call(
        *("open-clip", "https:open_clip", ("open_clip",)),
        *(("create_model_and_transforms", "create_model", "create_model_from_pretrained"), ("model_name",)),
        when="tag",
    ),
    Call("open-clip", "https:open_clip", ("open_clip",), ("get_tokenizer",), ("model_name",), when="hub"),
    Call("clip", "https:clip", ("clip",), ("clip.load",), ("name",)),
    Call("spacy", Kind.SPACY.value, ("spacy",), ("spacy.load", "cli.download", "util.load_model"), ("name", "model")),
    Call("whisper", "https:whisper", ("whisper",), ("whisper.load_model",), ("name",)),
    Call(
        *("faster-whisper", "whisper", ("faster_whisper", "whisperx"), ("WhisperModel", "whisperx.load_model")),
        *(("model_size_or_path", "whisper_arch"), 0, "revision"),
    ),
    Call(
        *("ultralytics", "https:ultralytics", ("ultralytics",)),
        *(("YOLO", "RTDETR", "SAM", "FastSAM", "YOLOWorld", "YOLOE", "NAS"), _MODEL),
    ),
    Call(
        *("keras-preset", "preset", ("keras_hub", "keras_nlp", "keras_cv"), ("from_preset",), ("preset",)),
        objects=True,
    ),
    Call("keras-preset", "uri", ("keras", "tensorflow", "tf_keras"), ("load_model",), ("filepath",), quiet=True),
    Call(
        *("keras-applications", "callee:keras", ("keras", "tensorflow", "tf_keras"), ("applications.*",)),
        when="imagenet",
    ),
    Call(
        *("download", _LINK, ("keras", "tensorflow", "tf_keras"), ("get_file",), ("origin",), 1, "file_hash"),
        quiet=True,
    ),
    Call(
        *(
            "tf-hub",
            Kind.PLACE.value,
            ("tensorflow_hub",),
            ("tensorflow_hub.load", "KerasLayer", "tensorflow_hub.Module", "tensorflow_hub.resolve"),
        ),
        ("handle", "spec"),
    ),
    Call("torch-hub", "torchhub", ("torch",), ("hub.load",), ("repo_or_dir", "github"), when="remote"),
    Call("torchvision", "callee:torchvision", ("torchvision",), ("models.*",), when="weights"),
    Call("torchvision", "https:torchvision", ("torchvision",), ("models.get_model",), ("name",), when="weights"),
    Call(
        *("download", _LINK, ("torch", "torchvision"), ("load_state_dict_from_url",), ("url",)),
    ),
    Call("download", _LINK, ("torch",), ("hub.download_url_to_file",), ("url",), quiet=True),
    Call(
        *("download", _LINK, ("urllib", "wget", "gdown")),
        *(("urlretrieve", "urlopen", "request.Request", "wget.download", "gdown.download"), ("url",)),
        quiet=True,
    ),
    Call(
        *("download", _LINK, ("requests", "httpx")),
        *(("requests.get", "httpx.get"), ("url",)),
        quiet=True,
    ),
    Call("download", _LINK, ("httpx",), ("httpx.stream",), ("url",), 1, quiet=True),
    Call("download", _LINK, ("requests",), ("Session.get",), ("url",), quiet=True),
    Call("download", _LINK, ("pooch",), ("retrieve",), ("url",), 0, "known_hash", 1, quiet=True),
    Call("mlflow", Kind.REGISTERED.value, ("mlflow",), ("load_model", "get_model_info"), ("model_uri",)),
    Call(
        *("mlflow", Kind.REGISTERED.value, ("mlflow",), ("download_artifacts",), ("artifact_uri",)),
        quiet=True,
    ),
    Call("mlflow", "registry", ("mlflow",), ("get_model_version",), ("name",), 0, "version", 1, objects=True),
    Call("mlflow", "registry", ("mlflow",), ("get_model_version_by_alias",), ("name",), 0, "alias", 1, objects=True),
    Call(
        *("langchain-embeddings", _HUB, ("langchain_huggingface", "langchain_community", "langchain", "llama_index")),
        ("HuggingFaceEmbeddings", "HuggingFaceEmbedding", "HuggingFaceBgeEmbeddings", "HuggingFaceInstructEmbeddings"),
        *(("model_name", "model"), None),
    ),
    Call(
        *("langchain-hub", _HUB, ("langchain_huggingface", "langchain_community", "langchain", "llama_index")),
        ("HuggingFaceEndpoint", "HuggingFaceHub", "HuggingFaceEndpointEmbeddings", "HuggingFaceInferenceAPI"),
        *(("repo_id", "model", "model_name"), None),
    ),
    Call(
        *("langchain-hub", _HUB, ("langchain_huggingface", "langchain_community", "langchain")),
        *(("HuggingFacePipeline.from_model_id", "HuggingFaceCrossEncoder"), ("model_id", "model_name")),
    ),
    Call(
        *("langchain-hub", _HUB, ("llama_index",), ("HuggingFaceLLM",), ("model_name",), None),
        also=(("tokenizer_name", ""),),
    ),
    Call(
        *("vllm", _HUB, ("vllm",), ("LLM", "EngineArgs", "AsyncEngineArgs"), _MODEL, 0, "revision"),
        also=(("tokenizer", "tokenizer_revision"),),
    ),
    Call(
        *("sglang", _HUB, ("sglang",), ("Engine", "Runtime", "ServerArgs"), ("model_path",), None, "revision"),
        also=(("tokenizer_path", "revision"),),
    ),
    Call(
        "mlx",
        _HUB,
        ("mlx_lm", "mlx_vlm"),
        ("mlx_lm.load", "mlx_vlm.load", "utils.load"),
        ("path_or_hf_repo",),
        0,
        "revision",
    ),
    Call(
        *("fastembed", _HUB, ("fastembed",)),
        ("TextEmbedding", "SparseTextEmbedding", "ImageEmbedding", "TextCrossEncoder", "LateInteractionTextEmbedding"),
        ("model_name",),
    ),
    Call(
        *("flag-embedding", _HUB, ("FlagEmbedding",)),
        ("FlagModel", "BGEM3FlagModel", "FlagLLMModel", "FlagReranker", "FlagLLMReranker", "from_finetuned"),
        _NAMED,
    ),
    Call(
        *("flair", "https:flair", ("flair",)),
        *(("SequenceTagger.load", "TextClassifier.load", "Classifier.load", "FlairEmbeddings"), ("model_path",)),
    ),
    Call("flair", _HUB, ("flair",), ("TransformerWordEmbeddings", "TransformerDocumentEmbeddings"), _MODEL),
    Call("stanza", "https:stanza", ("stanza",), ("stanza.Pipeline", "stanza.download"), ("lang",)),
    Call("speechbrain", _HUB, ("speechbrain",), ("from_hparams",), ("source",), 0, "revision", objects=True),
    Call(
        *("haystack", _HUB, ("haystack", "haystack_integrations")),
        (
            *("HuggingFaceLocalGenerator", "HuggingFaceLocalChatGenerator", "TransformersSimilarityRanker"),
            *("SentenceTransformersTextEmbedder", "SentenceTransformersDocumentEmbedder", "ExtractiveReader"),
            *("SentenceTransformersSimilarityRanker", "TransformersZeroShotTextRouter", "TransformersTextRouter"),
        ),
        *(_MODEL, None),
    ),
    Call("txtai", _HUB, ("txtai",), ("Embeddings", "txtai.LLM", "pipeline.LLM", "Similarity", "Extractor"), ("path",)),
    Call("gradio", "gradio", ("gradio",), ("gradio.load", "Interface.load", "Blocks.load"), ("name",)),
    Call("guided", _HUB, ("outlines",), ("models.transformers", "models.vllm", "models.mlxlm"), _NAMED),
    Call("guided", _HUB, ("guidance",), ("models.Transformers",), _MODEL),
    Call(
        *("ollama", Kind.OLLAMA.value, ("ollama",)),
        tuple(
            f"{client}.{name}"
            for client in ("ollama", "Client", "AsyncClient")
            for name in ("chat", "generate", "pull", "embed", "embeddings", "show")
        ),
        _MODEL,
    ),
    Call(
        *("ollama", Kind.OLLAMA.value, ("langchain_ollama", "langchain_community", "langchain", "llama_index")),
        *(("ChatOllama", "OllamaLLM", "OllamaEmbeddings", "Ollama", "OllamaEmbedding"), ("model", "model_name")),
    ),
    Call(
        "weighbridge",
        Kind.GOVERNED.value,
        ("weighbridge",),
        ("weighbridge.load", "weighbridge.verify", "weighbridge.open_verified"),
        ("name",),
    ),
)
CALLS: Final = (*_CORE, *_LIBRARIES)
