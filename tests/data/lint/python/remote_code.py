"""Models that bring code of their own, and one that is governed."""

import weighbridge
from llama_cpp import Llama
from optimum.intel import OVModelForCausalLM
from optimum.onnxruntime import ORTModelForSequenceClassification
from sentence_transformers import SentenceTransformer
from setfit import SetFitModel
from sglang import Engine
from transformers import AutoModel, AutoTokenizer, CLIPModel
from unsloth import FastLanguageModel

TRUST = True

a = AutoModel.from_pretrained("jinaai/jina-embeddings-v2-base-en", trust_remote_code=True)  # expect: hf-from-pretrained hf:jinaai/jina-embeddings-v2-base-en
b = AutoModel.from_pretrained("nomic-ai/nomic-embed-text-v1.5", trust_remote_code=TRUST, revision="main")  # expect: hf-from-pretrained hf:nomic-ai/nomic-embed-text-v1.5@main
c = SentenceTransformer("Alibaba-NLP/gte-large-en-v1.5", trust_remote_code=True)  # expect: sentence-transformers hf:Alibaba-NLP/gte-large-en-v1.5
d = AutoTokenizer.from_pretrained("Qwen/Qwen-7B", trust_remote_code=True, code_revision="main")  # expect: hf-from-pretrained hf:Qwen/Qwen-7B
e = ORTModelForSequenceClassification.from_pretrained("optimum/distilbert-base-uncased-finetuned-sst-2-english")  # expect: hf-from-pretrained hf:optimum/distilbert-base-uncased-finetuned-sst-2-english
f = OVModelForCausalLM.from_pretrained("OpenVINO/phi-2-fp16-ov", export=False)  # expect: hf-from-pretrained hf:OpenVINO/phi-2-fp16-ov
g = SetFitModel.from_pretrained("acme-ml/setfit")  # expect: hf-from-pretrained hf:acme-ml/setfit
h = Llama.from_pretrained(repo_id="Qwen/Qwen2-0.5B-Instruct-GGUF", filename="*q8_0.gguf")  # expect: llama-cpp hf:Qwen/Qwen2-0.5B-Instruct-GGUF
i = Llama(model_path="./models/q8.gguf")
j = Engine(model_path="acme-ml/engine")  # expect: sglang hf:acme-ml/engine
k, tokenizer = FastLanguageModel.from_pretrained(model_name="unsloth/llama-3-8b-bnb-4bit", load_in_4bit=True)  # expect: hf-from-pretrained hf:unsloth/llama-3-8b-bnb-4bit
bare = CLIPModel.from_pretrained("bert-base-uncased")  # expect: hf-from-pretrained hf:bert-base-uncased
governed = weighbridge.load("minilm", stage="production")  # expect: weighbridge weighbridge:minilm
inside = AutoModel.from_pretrained(weighbridge.load("encoder"))  # expect: weighbridge weighbridge:encoder
