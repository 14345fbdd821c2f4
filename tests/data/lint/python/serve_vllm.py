"""FastAPI in front of vLLM."""

import os

from fastapi import FastAPI
from vllm import LLM, AsyncEngineArgs, AsyncLLMEngine, EngineArgs, SamplingParams
from vllm.lora.request import LoRARequest

MODEL = os.getenv("MODEL_ID", "mistralai/Mistral-7B-Instruct-v0.3")
DRAFT = "acme-ml/draft-160m"

llm = LLM(MODEL, max_model_len=4096)  # expect: vllm hf:mistralai/Mistral-7B-Instruct-v0.3
pinned = LLM(model="Qwen/Qwen2.5-0.5B-Instruct", revision="7ae557604adf67be50417f59c2c2f167def9a775")  # expect: vllm hf:Qwen/Qwen2.5-0.5B-Instruct@7ae557604adf67be50417f59c2c2f167def9a775
two = LLM(
    model="acme-ml/served",  # expect: vllm hf:acme-ml/served
    tokenizer="acme-ml/served-tokenizer",  # expect: vllm hf:acme-ml/served-tokenizer@v3
    tokenizer_revision="v3",
)
engine = AsyncLLMEngine.from_engine_args(
    AsyncEngineArgs(
        model="meta-llama/Llama-3.1-8B-Instruct",  # expect: vllm hf:meta-llama/Llama-3.1-8B-Instruct
        trust_remote_code=True,
        gpu_memory_utilization=0.9,
    )
)
arguments = EngineArgs(model="/models/own", served_model_name="acme/own")
settings = {"model": "Qwen/Qwen2.5-7B-Instruct-AWQ", "quantization": "awq"}
from_dict = LLM(**settings)  # expect: vllm hf:Qwen/Qwen2.5-7B-Instruct-AWQ
request = LoRARequest("sql", 1, "/adapters/sql")
app = FastAPI()


@app.post("/generate")
async def generate(prompt: str):
    return llm.generate([prompt], SamplingParams(temperature=0.0))[0].outputs[0].text
