"""Agents with tools, each on the model that its task needs."""

import os

import anthropic
import boto3
import google.generativeai as genai
import litellm
from anthropic import Anthropic, AsyncAnthropic
from google import genai as google_genai
from langchain.chat_models import init_chat_model
from langchain_anthropic import ChatAnthropic
from langchain_aws import ChatBedrock
from langchain_google_genai import ChatGoogleGenerativeAI
from langchain_huggingface import HuggingFaceEmbeddings, HuggingFaceEndpoint, HuggingFacePipeline
from langchain_mistralai import ChatMistralAI
from langchain_ollama import ChatOllama, OllamaEmbeddings
from langchain_openai import AzureChatOpenAI, ChatOpenAI
from litellm import acompletion, completion
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.llms.openai import OpenAI as LlamaOpenAI
from mistralai import Mistral
from openai import AsyncOpenAI

PLANNER = "claude-sonnet-4-20250514"
MODELS = {"fast": "claude-3-5-haiku-20241022", "deep": "claude-opus-4-20250514"}

planner = ChatAnthropic(model=PLANNER, max_tokens=1024)  # expect: vendor-api api:anthropic/claude-sonnet-4-20250514
writer = ChatOpenAI(model_name="gpt-4.1-2025-04-14")  # expect: vendor-api api:openai/gpt-4.1-2025-04-14
corporate = AzureChatOpenAI(azure_deployment="chat-prod", api_version="2024-10-21")  # expect: vendor-api api:azure/chat-prod
any_chat = init_chat_model("gpt-4o-mini", model_provider="openai")  # expect: vendor-api api:openai/gpt-4o-mini
prefixed = init_chat_model("anthropic:claude-3-5-haiku-20241022")  # expect: vendor-api api:anthropic/claude-3-5-haiku-20241022
gemini = ChatGoogleGenerativeAI(model="gemini-1.5-pro-002")  # expect: vendor-api api:google/gemini-1.5-pro-002
bedrock_chat = ChatBedrock(model_id="anthropic.claude-3-haiku-20240307-v1:0")  # expect: vendor-api api:bedrock/anthropic.claude-3-haiku-20240307-v1:0
mistral_chat = ChatMistralAI(model="mistral-large-2411")  # expect: vendor-api api:mistral/mistral-large-2411
local_chat = ChatOllama(model="llama3.2:3b")  # expect: * ollama:llama3.2@3b
local_vectors = OllamaEmbeddings(model="nomic-embed-text")  # expect: * ollama:nomic-embed-text
endpoint = HuggingFaceEndpoint(repo_id="HuggingFaceH4/zephyr-7b-beta")  # expect: * hf:HuggingFaceH4/zephyr-7b-beta
hub_pipeline = HuggingFacePipeline.from_model_id(model_id="microsoft/phi-2", task="text-generation")  # expect: * hf:microsoft/phi-2
vectors = HuggingFaceEmbeddings(model_name="sentence-transformers/all-mpnet-base-v2")  # expect: langchain-embeddings hf:sentence-transformers/all-mpnet-base-v2
index_vectors = HuggingFaceEmbedding(model_name="BAAI/bge-base-en-v1.5")  # expect: langchain-embeddings hf:BAAI/bge-base-en-v1.5
index_llm = LlamaOpenAI(model="gpt-4o-mini-2024-07-18")  # expect: vendor-api api:openai/gpt-4o-mini-2024-07-18

claude = Anthropic()
message = claude.messages.create(model=MODELS["fast"], max_tokens=64, messages=[])  # expect: vendor-api api:anthropic/claude-3-5-haiku-20241022
latest = anthropic.Anthropic().messages.create(model="claude-3-5-sonnet-latest", max_tokens=9, messages=[])  # expect: vendor-api api:anthropic/claude-3-5-sonnet-latest
bedrock = boto3.client("bedrock-runtime", region_name=os.environ["REGION"])
answer = bedrock.invoke_model(modelId="amazon.titan-text-express-v1", body="{}")  # expect: vendor-api api:bedrock/amazon.titan-text-express-v1
talk = bedrock.converse(modelId="meta.llama3-8b-instruct-v1:0", messages=[])  # expect: vendor-api api:bedrock/meta.llama3-8b-instruct-v1:0
objects = boto3.client("s3").get_object(Bucket="weights", Key="models/a/b")
old_gemini = genai.GenerativeModel("gemini-1.5-flash")  # expect: vendor-api api:google/gemini-1.5-flash
new_gemini = google_genai.Client().models.generate_content(model="gemini-2.0-flash-001", contents="hi")  # expect: vendor-api api:google/gemini-2.0-flash-001
le_chat = Mistral(api_key=os.environ["MISTRAL_API_KEY"]).chat.complete(model="mistral-small-2503", messages=[])  # expect: vendor-api api:mistral/mistral-small-2503
routed = completion(model="anthropic/claude-3-opus-20240229", messages=[])  # expect: vendor-api api:anthropic/claude-3-opus-20240229
embedded = litellm.embedding(model="text-embedding-ada-002", input=["a"])  # expect: vendor-api api:openai/text-embedding-ada-002


async def stream(question: str):
    client = AsyncOpenAI(base_url=os.environ.get("BASE_URL"))
    async for chunk in await client.chat.completions.create(model="gpt-4-turbo", messages=[], stream=True):  # expect: vendor-api api:openai/gpt-4-turbo
        yield chunk
    yield await acompletion(model="gemini/gemini-1.5-pro", messages=[])  # expect: vendor-api api:google/gemini-1.5-pro
    async with AsyncAnthropic().messages.stream(model=MODELS["deep"], max_tokens=9, messages=[]) as events:  # expect: vendor-api api:anthropic/claude-opus-4-20250514
        yield events
