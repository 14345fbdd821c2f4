"""The calls of JavaScript and TypeScript by which programs load models, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from weighbridge.references.readers import Kind


@dataclass(frozen=True, slots=True)
class JsCall:
    """A function, class or method that takes a model.

    Args:
        rule: The rule's id.
        kind: How the text is read: one of `Kind`, ``api:VENDOR``, or ``hf:OWNER`` for bare names of that owner's.
        modules: Packages that it comes from, with those below them; empty for what the language has by itself.
        names: The end of the dotted name that is called, from the export or the instance on.
        position: The model's place among the arguments; None where it stands in an object.
        keys: Its keys in the object, or of the object that is the first argument.
        options: The place of the object that may hold ``revision``; None if it takes none.
    """

    rule: str
    kind: str
    modules: tuple[str, ...]
    names: tuple[str, ...]
    position: int | None = None
    keys: tuple[str, ...] = ("model",)
    options: int | None = None


_HUB: Final = Kind.HUB.value
_TRANSFORMERS: Final = ("@huggingface/transformers", "@xenova/transformers")
_LANGCHAIN: Final = ("model", "modelName")


def _sdk(vendor: str, *names: str) -> JsCall:
    """A provider of the AI SDK: called with the id, or by the kind of model."""
    methods = ("chat", "responses", "completion", "embedding", "textEmbedding", "textEmbeddingModel", "languageModel")
    return JsCall("vendor-api", f"api:{vendor}", names, ("", *methods, "image", "speech", "transcription"), 0)


CALLS: Final[tuple[JsCall, ...]] = (
    JsCall("transformers-js", _HUB, _TRANSFORMERS, ("pipeline",), 1, options=2),
    JsCall("transformers-js", _HUB, _TRANSFORMERS, ("from_pretrained",), 0, options=1),
    JsCall(
        *("hf-download", _HUB, ("@huggingface/hub",)),
        ("downloadFile", "snapshotDownload", "listFiles", "modelInfo", "downloadFileToCacheDir", "fileExists"),
        *(None, ("repo", "name"), 0),
    ),
    JsCall(
        *("hf-inference", _HUB, ("@huggingface/inference",)),
        (
            *("textGeneration", "textGenerationStream", "chatCompletion", "chatCompletionStream", "featureExtraction"),
            *("summarization", "translation", "textToImage", "textToSpeech", "automaticSpeechRecognition"),
            *("imageClassification", "imageToText", "objectDetection", "fillMask", "questionAnswering"),
            *("sentenceSimilarity", "textClassification", "tokenClassification", "zeroShotClassification", "request"),
        ),
    ),
    JsCall(
        *("vendor-api", "api:openai", ("openai",)),
        (
            *("completions.create", "completions.stream", "completions.parse", "completions.runTools"),
            *("responses.create", "responses.stream", "responses.parse", "embeddings.create", "images.generate"),
            *("images.edit", "speech.create", "transcriptions.create", "moderations.create", "assistants.create"),
        ),
    ),
    JsCall(
        *("vendor-api", "api:anthropic", ("@anthropic-ai/sdk",)),
        ("messages.create", "messages.stream", "messages.countTokens", "completions.create"),
    ),
    JsCall("vendor-api", "api:bedrock", ("@anthropic-ai/bedrock-sdk",), ("messages.create", "messages.stream")),
    JsCall("vendor-api", "api:vertex", ("@anthropic-ai/vertex-sdk",), ("messages.create", "messages.stream")),
    JsCall(
        *("vendor-api", "api:google", ("@google/generative-ai", "@google/genai", "@google-cloud/vertexai")),
        (
            *("getGenerativeModel", "models.generateContent", "models.generateContentStream", "models.embedContent"),
            *("models.generateImages", "chats.create", "live.connect"),
        ),
    ),
    JsCall(
        *("vendor-api", "api:mistral", ("@mistralai/mistralai",)),
        ("chat.complete", "chat.stream", "chat.parse", "embeddings.create", "fim.complete", "ocr.process"),
    ),
    JsCall(
        *("vendor-api", "api:bedrock", ("@aws-sdk/client-bedrock-runtime",)),
        (
            *("InvokeModelCommand", "InvokeModelWithResponseStreamCommand", "ConverseCommand", "ConverseStreamCommand"),
            *("invokeModel", "converse"),
        ),
        *(None, ("modelId",)),
    ),
    JsCall("vendor-api", "api:groq", ("groq-sdk",), ("completions.create", "transcriptions.create")),
    JsCall("vendor-api", "api:cohere", ("cohere-ai",), ("chat", "chatStream", "embed", "rerank", "generate")),
    JsCall("vendor-api", "api:replicate", ("replicate",), ("run", "stream"), 0),
    _sdk("openai", "@ai-sdk/openai"),
    _sdk("anthropic", "@ai-sdk/anthropic"),
    _sdk("google", "@ai-sdk/google"),
    _sdk("vertex", "@ai-sdk/google-vertex"),
    _sdk("mistral", "@ai-sdk/mistral"),
    _sdk("bedrock", "@ai-sdk/amazon-bedrock"),
    _sdk("azure", "@ai-sdk/azure"),
    _sdk("groq", "@ai-sdk/groq"),
    _sdk("cohere", "@ai-sdk/cohere"),
    _sdk("xai", "@ai-sdk/xai"),
    JsCall(
        *("vendor-api", Kind.LITELLM.value, ("ai",)),
        ("generateText", "streamText", "generateObject", "streamObject", "embed", "embedMany"),
    ),
    JsCall(
        *("vendor-api", "api:openai", ("@langchain/openai", "langchain/chat_models/openai", "langchain/llms/openai")),
        *(("ChatOpenAI", "OpenAI", "OpenAIEmbeddings"), None, _LANGCHAIN),
    ),
    JsCall(
        *("vendor-api", "api:anthropic", ("@langchain/anthropic", "langchain/chat_models/anthropic")),
        *(("ChatAnthropic",), None, _LANGCHAIN),
    ),
    JsCall(
        *("vendor-api", "api:google", ("@langchain/google-genai", "@langchain/google-vertexai")),
        *(("ChatGoogleGenerativeAI", "GoogleGenerativeAIEmbeddings", "ChatVertexAI"), None, _LANGCHAIN),
    ),
    JsCall(
        *("vendor-api", "api:mistral", ("@langchain/mistralai",)),
        *(("ChatMistralAI", "MistralAIEmbeddings"), None, _LANGCHAIN),
    ),
    JsCall(
        *("vendor-api", "api:bedrock", ("@langchain/aws",)),
        *(("ChatBedrockConverse", "BedrockEmbeddings"), None, _LANGCHAIN),
    ),
    JsCall("vendor-api", Kind.LITELLM.value, ("langchain",), ("initChatModel",), 0),
    JsCall(
        *("ollama", Kind.OLLAMA.value, ("ollama", "@langchain/ollama", "@langchain/community/chat_models/ollama")),
        ("chat", "generate", "pull", "embed", "embeddings", "create", "ChatOllama", "OllamaEmbeddings", "Ollama"),
    ),
    JsCall(
        *("hf-inference", _HUB, ("@langchain/community",)),
        ("HuggingFaceInference", "HuggingFaceInferenceEmbeddings", "HuggingFaceTransformersEmbeddings"),
        *(None, ("model", "modelName")),
    ),
    JsCall("web-llm", "hf:mlc-ai", ("@mlc-ai/web-llm",), ("CreateMLCEngine", "CreateWebWorkerMLCEngine", "reload"), 0),
    JsCall("download", Kind.LINK.value, ("onnxruntime-web", "onnxruntime-node"), ("InferenceSession.create",), 0),
    JsCall("download", Kind.LINK.value, (), ("fetch", "axios.get"), 0),
)
NEEDLES: Final[tuple[bytes, ...]] = tuple(
    sorted({module.encode() for call in CALLS for module in call.modules} | {b"huggingface.co", b"/resolve/"})
)
"""A file without any of these names no model by a call."""
