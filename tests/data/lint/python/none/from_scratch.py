import open_clip
import timm
import torch
import torchvision
from transformers import GPT2Config, GPT2LMHeadModel
from transformers import pipeline as unused

a = GPT2LMHeadModel(GPT2Config(n_layer=2))
b = timm.create_model("resnet50")
c = timm.create_model("resnet50", pretrained=False, num_classes=3)
d = open_clip.create_model("ViT-B-32", pretrained=None)
e = torchvision.models.resnet50(weights=None)
f = torch.hub.load("./code", "net", source="local")
g = torch.hub.list
