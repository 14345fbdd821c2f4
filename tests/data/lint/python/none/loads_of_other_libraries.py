import json
import pickle
import tomllib
from configparser import ConfigParser

import joblib
import numpy as np
import torch
import yaml
from safetensors.torch import load_file

a = json.load(open("models/config.json"))
b = yaml.safe_load(open("org/settings.yaml"))
c = pickle.load(open("model.pkl", "rb"))
d = joblib.load("artifacts/model.joblib")
e = np.load("weights/embeddings.npy")
f = torch.load("checkpoint/best.pt", weights_only=True)
g = load_file("weights/model.safetensors")
h = tomllib.load(open("pyproject.toml", "rb"))
i = ConfigParser().read("acme/settings.ini")
