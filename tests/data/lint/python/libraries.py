"""Loaders of many libraries."""

import mlflow
import open_clip
import requests
import spacy
import tensorflow_hub as hub
import timm
import torch
import torchvision.models as models
import weighbridge
import whisper
from diffusers import StableDiffusionPipeline
from faster_whisper import WhisperModel
from huggingface_hub import HfApi, hf_hub_download
from llama_cpp import Llama
from peft import PeftModel
from sentence_transformers import CrossEncoder
from ultralytics import YOLO
from vllm import LLM

pipe = StableDiffusionPipeline.from_pretrained("acme/diffusion", custom_revision="x")  # expect: hf-from-pretrained hf:acme/diffusion
pipe.load_lora_weights("acme/lora", weight_name="a.safetensors")  # expect: diffusers-adapter hf:acme/lora
adapted = PeftModel.from_pretrained(pipe.unet, "acme/adapter", revision="v1")  # expect: hf-from-pretrained hf:acme/adapter@v1
hf_hub_download("acme/files", "model.bin")  # expect: hf-download hf:acme/files
hf_hub_download("acme/rows", "train.csv", repo_type="dataset")
HfApi().snapshot_download(repo_id="acme/snapshot", revision="v3")  # expect: hf-download hf:acme/snapshot@v3
CrossEncoder("acme/reranker")  # expect: sentence-transformers hf:acme/reranker
Llama.from_pretrained(repo_id="acme/gguf", filename="*.gguf")  # expect: llama-cpp hf:acme/gguf
LLM("acme/served", tokenizer="acme/words", tokenizer_revision="v4")  # expect: vllm hf:acme/served # expect: vllm hf:acme/words@v4
WhisperModel("small")  # expect: faster-whisper hf:Systran/faster-whisper-small
whisper.load_model("base")  # expect: whisper https:whisper/base
whisper.load_model("./mine.pt")
timm.create_model("resnet50", pretrained=True)  # expect: timm https:timm/resnet50
timm.create_model("resnet50")
timm.create_model("hf-hub:acme/timm", pretrained=True)  # expect: timm hf:acme/timm
open_clip.create_model_and_transforms("hf-hub:acme/clip")  # expect: open-clip hf:acme/clip
spacy.load("en_core_web_sm")  # expect: spacy spacy:en_core_web_sm
spacy.load("./pipeline")
YOLO("yolov8n.pt")  # expect: ultralytics https:ultralytics/yolov8n.pt
YOLO("best.pt")
models.resnet50(weights="DEFAULT")  # expect: torchvision https:torchvision/resnet50
models.resnet50(weights=None)
torch.hub.load("acme/vision:v1", "net")  # expect: torch-hub torchhub:acme/vision@v1
torch.hub.load("./vision", "net", source="local")
torch.hub.load_state_dict_from_url("https://models.example/net.pth")  # expect: download https:https://models.example/net.pth
requests.get("https://huggingface.co/acme/raw/resolve/v5/model.safetensors")  # expect: download hf:acme/raw@v5
requests.get("https://models.example/data.json")
hub.load("https://tfhub.dev/acme/net/1")  # expect: tf-hub https:https://tfhub.dev/acme/net/1
mlflow.pyfunc.load_model("models:/churn@champion")  # expect: mlflow mlflow:churn@@champion
mlflow.pyfunc.load_model("runs:/0123/model")
mlflow.MlflowClient().get_model_version("churn", "7")  # expect: mlflow mlflow:churn@7
weighbridge.load("minilm")  # expect: weighbridge weighbridge:minilm
