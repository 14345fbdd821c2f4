"""Models that vendors serve."""

import boto3
import litellm
import ollama
from anthropic import Anthropic
from google import genai
from langchain.chat_models import init_chat_model
from langchain_openai import AzureChatOpenAI, ChatOpenAI
from mistralai import Mistral
from openai import AzureOpenAI, OpenAI

MODEL = "gpt-4o-2024-08-06"
client = OpenAI()
azure = AzureOpenAI(azure_endpoint="https://acme.openai.azure.com")
groq = OpenAI(base_url="https://api.groq.com/openai/v1")
own = OpenAI(base_url="http://localhost:8000/v1")


class Chat:
    def __init__(self) -> None:
        self.client = Anthropic()

    def ask(self, text: str, model: str = "claude-3-5-haiku-20241022"):
        return self.client.messages.create(model=model, messages=[text])  # expect: vendor-api api:anthropic/claude-3-5-haiku-20241022


client.chat.completions.create(model=MODEL, messages=[])  # expect: vendor-api api:openai/gpt-4o-2024-08-06
client.responses.create(model="gpt-4o", input="x")  # expect: vendor-api api:openai/gpt-4o
client.embeddings.create(model="text-embedding-3-small", input="x")  # expect: vendor-api api:openai/text-embedding-3-small
azure.chat.completions.create(model="our-deployment", messages=[])  # expect: vendor-api api:azure/our-deployment
groq.chat.completions.create(model="llama-3.1-8b-instant", messages=[])  # expect: vendor-api api:groq/llama-3.1-8b-instant
own.chat.completions.create(model="ours", messages=[])
genai.Client().models.generate_content(model="gemini-2.5-flash", contents="x")  # expect: vendor-api api:google/gemini-2.5-flash
boto3.client("bedrock-runtime").converse(modelId="amazon.nova-lite-v1:0")  # expect: vendor-api api:bedrock/amazon.nova-lite-v1:0
boto3.client("s3").get_object(Bucket="b", Key="model")
Mistral().chat.complete(model="mistral-large-2411")  # expect: vendor-api api:mistral/mistral-large-2411
litellm.completion(model="anthropic/claude-3-5-haiku-20241022")  # expect: vendor-api api:anthropic/claude-3-5-haiku-20241022
init_chat_model("openai:gpt-4o")  # expect: vendor-api api:openai/gpt-4o
ChatOpenAI(model="gpt-4o-mini")  # expect: vendor-api api:openai/gpt-4o-mini
AzureChatOpenAI(azure_deployment="our-deployment")  # expect: vendor-api api:azure/our-deployment
ollama.chat(model="llama3.2:1b")  # expect: ollama ollama:llama3.2@1b
