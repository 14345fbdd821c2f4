"""Evaluation harness: a table of candidates, each loaded the same way."""

from dataclasses import dataclass, field

import torch
from huggingface_hub import HfApi, hf_hub_download, snapshot_download
from transformers import AutoModelForCausalLM, AutoTokenizer, pipeline
from transformers import pipeline as make_pipeline

REVISION = "main"
ORG = "acme-ml"
FAMILY = f"{ORG}/tiny-llama"
SIZES = ("1b", "3b")
OPTIONS = {"torch_dtype": torch.bfloat16, "device_map": "auto", "revision": REVISION}


@dataclass
class Candidate:
    repo: str = "EleutherAI/pythia-160m"
    revision: str = "step3000"
    tasks: list[str] = field(default_factory=lambda: ["arc/easy", "hellaswag"])


BASELINE = Candidate()


def load(name: str, revision: str = "v1.0"):
    tokenizer = AutoTokenizer.from_pretrained(name, revision=revision)  # expect: hf-from-pretrained hf:?@v1.0
    model = AutoModelForCausalLM.from_pretrained(name, revision=revision)  # expect: hf-from-pretrained hf:?@v1.0
    return model, tokenizer


def load_default(name: str = "EleutherAI/pythia-70m"):
    return AutoModelForCausalLM.from_pretrained(name)  # expect: hf-from-pretrained hf:EleutherAI/pythia-70m


family = AutoModelForCausalLM.from_pretrained(f"{FAMILY}-1b", **OPTIONS)  # expect: hf-from-pretrained hf:acme-ml/tiny-llama-1b@main
joined = AutoModelForCausalLM.from_pretrained(ORG + "/tiny-llama-3b", revision=REVISION)  # expect: hf-from-pretrained hf:acme-ml/tiny-llama-3b@main
formatted = AutoTokenizer.from_pretrained("{}/tiny-llama-{}".format(ORG, "8b"))  # expect: hf-from-pretrained hf:acme-ml/tiny-llama-8b
percent = AutoTokenizer.from_pretrained("%s/tiny-llama-70b" % ORG)  # expect: hf-from-pretrained hf:acme-ml/tiny-llama-70b
baseline = AutoModelForCausalLM.from_pretrained(BASELINE.repo, revision=BASELINE.revision)  # expect: hf-from-pretrained hf:EleutherAI/pythia-160m@step3000

for size in SIZES:
    # expect: hf-from-pretrained hf:acme-ml/tiny-llama-1b
    # expect: hf-from-pretrained hf:acme-ml/tiny-llama-3b
    AutoTokenizer.from_pretrained(f"{FAMILY}-{size}")

for repo in ["openai-community/gpt2", "distilbert/distilgpt2"]:
    # expect: hf-pipeline hf:openai-community/gpt2
    # expect: hf-pipeline hf:distilbert/distilgpt2
    pipeline("text-generation", model=repo)

judge = make_pipeline("text-classification", "cardiffnlp/twitter-roberta-base-sentiment-latest")  # expect: hf-pipeline hf:cardiffnlp/twitter-roberta-base-sentiment-latest
zero_shot = pipeline(
    task="zero-shot-classification",
    model="facebook/bart-large-mnli",  # expect: hf-pipeline hf:facebook/bart-large-mnli@d7645e127eaf1aefc7862fd59a17a5aa8558b8ce
    revision="d7645e127eaf1aefc7862fd59a17a5aa8558b8ce",
)
from_objects = pipeline("text-generation", model=family, tokenizer=joined)

api = HfApi()
weights = hf_hub_download(repo_id="TheBloke/Mistral-7B-v0.1-GGUF", filename="mistral-7b-v0.1.Q4_K_M.gguf")  # expect: hf-download hf:TheBloke/Mistral-7B-v0.1-GGUF
folder = snapshot_download(repo_id="acme-ml/judge", allow_patterns=["*.safetensors"], revision="2024-11")  # expect: hf-download hf:acme-ml/judge@2024-11
by_api = api.hf_hub_download("acme-ml/judge", "config.json")  # expect: hf-download hf:acme-ml/judge
snapshot = HfApi(token="none").snapshot_download("acme-ml/judge", revision="v2")  # expect: hf-download hf:acme-ml/judge@v2
table = hf_hub_download("acme-ml/scores", "scores.csv", repo_type="dataset")
demo = snapshot_download(repo_id="acme-ml/demo", repo_type="space")
api.upload_folder(folder_path="out", repo_id="acme-ml/results")
api.create_repo("acme-ml/results", exist_ok=True)
