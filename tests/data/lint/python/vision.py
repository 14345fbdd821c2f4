"""Backbones for the defect detector."""

import keras
import keras_hub
import open_clip
import tensorflow_hub as tfhub
import timm
import torch
import torchvision
from timm import create_model
from torch import hub
from torch.hub import load_state_dict_from_url
from torchvision.models import ResNet50_Weights, resnet50
from ultralytics import SAM, YOLO

WEIGHTS_URL = "https://models.example.com/defects/resnet50-v3.pth"

detector = YOLO("yolov8n.pt")  # expect: ultralytics https:ultralytics/yolov8n.pt
trained = YOLO("runs/detect/train/weights/best.pt")
masks = SAM("sam_b.pt")  # expect: ultralytics https:ultralytics/sam_b.pt
backbone = timm.create_model("vit_base_patch16_224", pretrained=True, num_classes=4)  # expect: timm https:timm/vit_base_patch16_224
from_hub = create_model("hf-hub:timm/eva02_base_patch14_224.mim_in22k", pretrained=True)  # expect: timm hf:timm/eva02_base_patch14_224.mim_in22k
scratch = timm.create_model("resnet18", pretrained=False)
plain = timm.create_model("resnet34")
clip, _, preprocess = open_clip.create_model_and_transforms("ViT-B-32", pretrained="laion2b_s34b_b79k")  # expect: open-clip https:open_clip/ViT-B-32
clip_hub = open_clip.create_model_from_pretrained("hf-hub:laion/CLIP-ViT-B-32-laion2B-s34B-b79K")  # expect: open-clip hf:laion/CLIP-ViT-B-32-laion2B-s34B-b79K
clip_scratch = open_clip.create_model("ViT-B-32")
dino = torch.hub.load("facebookresearch/dinov2", "dinov2_vits14")  # expect: torch-hub torchhub:facebookresearch/dinov2
pinned = torch.hub.load("pytorch/vision:v0.20.0", "resnet50", weights="DEFAULT")  # expect: torch-hub torchhub:pytorch/vision@v0.20.0
midas = hub.load("intel-isl/MiDaS", "MiDaS_small", trust_repo=True)  # expect: torch-hub torchhub:intel-isl/MiDaS
own = torch.hub.load("./hub", "defects", source="local")
state = torch.hub.load_state_dict_from_url(WEIGHTS_URL, map_location="cpu")  # expect: download https:https://models.example.com/defects/resnet50-v3.pth
again = load_state_dict_from_url("https://download.example.org/backbone.pt", progress=False)  # expect: download https:https://download.example.org/backbone.pt
torch.hub.download_url_to_file("https://example.org/weights/seg.onnx", "seg.onnx")  # expect: download https:https://example.org/weights/seg.onnx
weights = torch.load("runs/best.pt", weights_only=True)
enum = resnet50(weights=ResNet50_Weights.IMAGENET1K_V2)  # expect: * https:torchvision/resnet50
untrained = torchvision.models.resnet18(weights=None)
layer = tfhub.KerasLayer("https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5")  # expect: tf-hub https:https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5
use = tfhub.load("https://tfhub.dev/google/universal-sentence-encoder/4")  # expect: tf-hub https:https://tfhub.dev/google/universal-sentence-encoder/4
gemma = keras_hub.models.GemmaCausalLM.from_preset("gemma_2b_en")  # expect: keras-preset https:keras/gemma_2b_en
preset = keras_hub.models.BertClassifier.from_preset("hf://google-bert/bert-base-uncased", num_classes=2)  # expect: keras-preset hf:google-bert/bert-base-uncased
saved = keras.models.load_model("out/model.keras")
