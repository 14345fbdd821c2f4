"""The calls of vendors' SDKs and of routers before them, as data: which argument names the model."""

from __future__ import annotations

from typing import Final

from weighbridge.references.python_calls import Call
from weighbridge.references.readers import Kind

RULE: Final = "vendor-api"
_MODEL: Final = ("model",)
_EITHER: Final = ("model", "model_name")
_ROUTED: Final = Kind.LITELLM.value
_CHAIN: Final = ("langchain", "langchain_community")


def _methods(kind: str, libraries: tuple[str, ...], *names: str, keywords: tuple[str, ...] = _MODEL) -> Call:
    """Methods of a client; the model is a keyword."""
    return Call(RULE, kind, libraries, names, keywords, None, objects=True)


def _classes(
    kind: str, libraries: tuple[str, ...], *names: str, keywords: tuple[str, ...] = _EITHER, position: int | None = None
) -> Call:
    """Classes and functions that are made with a model."""
    return Call(RULE, kind, libraries, names, keywords, position)


VENDOR_CALLS: Final[tuple[Call, ...]] = (
    _methods(
        "client",
        ("openai", "langfuse", "groq", "together", "cerebras", "fireworks"),
        *("completions.create", "completions.parse", "completions.stream"),
        *("responses.create", "responses.parse", "responses.stream", "embeddings.create", "moderations.create"),
        *("images.generate", "images.edit", "images.create_variation"),
        *("transcriptions.create", "translations.create", "speech.create", "with_streaming_response.create"),
        *("assistants.create", "realtime.connect", "videos.create"),
    ),
    _methods(
        "api:openai",
        ("openai",),
        *(
            "ChatCompletion.create",
            "ChatCompletion.acreate",
            "Completion.create",
            "Embedding.create",
            "Audio.transcribe",
        ),
        keywords=("model", "engine"),
    ),
    _classes("api:openai", ("agents",), "Agent", keywords=_MODEL),
    _methods(
        "anthropic",
        ("anthropic",),
        *("messages.create", "messages.stream", "messages.parse", "messages.count_tokens", "completions.create"),
    ),
    _methods(
        "api:google",
        ("google",),
        *("generate_content", "generate_content_stream", "embed_content", "count_tokens", "generate_images"),
        *("generate_videos", "chats.create", "live.connect", "caches.create"),
    ),
    _classes("api:google", ("google", "vertexai"), "GenerativeModel", position=0),
    _methods(
        "api:bedrock",
        ("boto3", "aioboto3", "botocore"),
        *("invoke_model", "invoke_model_with_response_stream", "converse", "converse_stream"),
        keywords=("modelId",),
    ),
    _methods(
        "api:mistral",
        ("mistralai",),
        *("chat.complete", "chat.complete_async", "chat.stream", "chat.stream_async", "chat.parse", "fim.complete"),
        *("embeddings.create", "ocr.process"),
    ),
    _methods("api:cohere", ("cohere",), "chat", "chat_stream", "embed", "rerank", "generate", "classify", "summarize"),
    _methods("api:voyage", ("voyageai",), "embed", "rerank", "multimodal_embed"),
    Call(
        *("hf-inference", "inference", ("huggingface_hub",)),
        ("chat_completion", "text_generation", "feature_extraction", "text_to_image", "summarization"),
        *(_MODEL, None),
        objects=True,
    ),
    _classes(
        _ROUTED,
        ("litellm",),
        *(
            f"{of}.{name}"
            for of in ("litellm", "Router")
            for name in ("completion", "acompletion", "embedding", "aembedding", "text_completion", "atext_completion")
        ),
        *("litellm.image_generation", "litellm.responses", "litellm.aresponses", "litellm.transcription"),
        *("litellm.speech", "litellm.rerank", "litellm.batch_completion", "litellm.moderation"),
        keywords=_MODEL,
        position=0,
    ),
    _classes(_ROUTED, ("dspy", "crewai", "instructor"), "LM", "LLM", "from_provider", keywords=_MODEL, position=0),
    _classes(_ROUTED, ("smolagents",), "LiteLLMModel", keywords=("model_id",), position=0),
    Call("hf-inference", "inference", ("smolagents",), ("InferenceClientModel", "HfApiModel"), ("model_id",)),
    Call("hf-from-pretrained", Kind.HUB.value, ("smolagents",), ("TransformersModel",), ("model_id",)),
    _classes("api:openai", ("smolagents",), "OpenAIServerModel", "OpenAIModel", keywords=("model_id",), position=0),
    _classes(
        "client",
        ("langchain_openai", "llama_index", *_CHAIN),
        *("ChatOpenAI", "OpenAI", "OpenAIEmbeddings", "OpenAIEmbedding", "OpenAILike"),
        keywords=("model", "model_name", "engine"),
    ),
    _classes(
        "api:azure",
        ("langchain_openai", "llama_index", *_CHAIN),
        *("AzureChatOpenAI", "AzureOpenAI", "AzureOpenAIEmbeddings", "AzureOpenAIEmbedding"),
        keywords=("azure_deployment", "deployment_name", "engine"),
    ),
    _classes("api:anthropic", ("langchain_anthropic", "llama_index", *_CHAIN), "ChatAnthropic", "Anthropic"),
    _classes(
        "api:google",
        ("langchain_google_genai", "llama_index"),
        *("ChatGoogleGenerativeAI", "GoogleGenerativeAI", "GoogleGenerativeAIEmbeddings", "GoogleGenAI", "Gemini"),
    ),
    _classes("api:vertex", ("langchain_google_vertexai", *_CHAIN), "ChatVertexAI", "VertexAI", "VertexAIEmbeddings"),
    _classes(
        "api:bedrock",
        ("langchain_aws", "llama_index", *_CHAIN),
        *("ChatBedrock", "ChatBedrockConverse", "BedrockLLM", "BedrockChat", "BedrockEmbeddings", "BedrockConverse"),
        *("Bedrock", "BedrockEmbedding"),
        keywords=("model_id", "model", "model_name"),
    ),
    _classes(
        "api:mistral", ("langchain_mistralai", "llama_index"), "ChatMistralAI", "MistralAIEmbeddings", "MistralAI"
    ),
    _classes(
        "api:cohere", ("langchain_cohere", "llama_index", *_CHAIN), "ChatCohere", "CohereEmbeddings", "CohereRerank"
    ),
    _classes("api:groq", ("langchain_groq", "llama_index"), "ChatGroq", "Groq"),
    _classes("api:together", ("langchain_together", "llama_index"), "ChatTogether", "TogetherLLM"),
    _classes("api:fireworks", ("langchain_fireworks",), "ChatFireworks"),
    _classes("api:deepseek", ("langchain_deepseek",), "ChatDeepSeek"),
    _classes("api:xai", ("langchain_xai",), "ChatXAI"),
    _classes("provided", ("langchain",), "init_chat_model", "init_embeddings", keywords=_MODEL, position=0),
    _classes("provided", ("pydantic_ai",), "Agent", keywords=_MODEL, position=0),
    _classes("api:openai", ("pydantic_ai",), "OpenAIModel", "OpenAIChatModel", "OpenAIResponsesModel", position=0),
    _classes("api:anthropic", ("pydantic_ai",), "AnthropicModel", position=0),
    _classes("api:google", ("pydantic_ai",), "GoogleModel", "GeminiModel", position=0),
    _classes("api:openai", ("autogen_ext",), "OpenAIChatCompletionClient"),
)

HOSTS: Final[dict[str, str]] = {
    "api.openai.com": "openai",
    "api.groq.com": "groq",
    "api.together.xyz": "together",
    "api.together.ai": "together",
    "openrouter.ai": "openrouter",
    "api.deepseek.com": "deepseek",
    "api.mistral.ai": "mistral",
    "api.x.ai": "xai",
    "api.fireworks.ai": "fireworks",
    "api.perplexity.ai": "perplexity",
    "api.cerebras.ai": "cerebras",
    "api.anthropic.com": "anthropic",
    "generativelanguage.googleapis.com": "google",
}
"""Whose models answer at a host that speaks OpenAI's protocol."""
CLIENTS: Final[dict[str, str]] = {
    "AzureOpenAI": "azure",
    "AsyncAzureOpenAI": "azure",
    "AnthropicBedrock": "bedrock",
    "AsyncAnthropicBedrock": "bedrock",
    "AnthropicVertex": "vertex",
    "AsyncAnthropicVertex": "vertex",
    "Groq": "groq",
    "AsyncGroq": "groq",
    "Together": "together",
    "AsyncTogether": "together",
    "Cerebras": "cerebras",
    "AsyncCerebras": "cerebras",
    "Fireworks": "fireworks",
    "OpenAI": "openai",
    "AsyncOpenAI": "openai",
    "Anthropic": "anthropic",
    "AsyncAnthropic": "anthropic",
}
"""Classes of clients, and whose models they ask."""
