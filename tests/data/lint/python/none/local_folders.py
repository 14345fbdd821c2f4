import os
from pathlib import Path

from sentence_transformers import SentenceTransformer
from transformers import AutoModel, AutoTokenizer, pipeline

HERE = Path(__file__).parent
WEIGHTS = HERE / "weights"
DATA = os.path.join("data", "models", "encoder")

a = AutoModel.from_pretrained("./encoder")
b = AutoModel.from_pretrained("../shared/encoder")
c = AutoModel.from_pretrained("/opt/models/encoder")
d = AutoModel.from_pretrained(WEIGHTS)
e = AutoModel.from_pretrained(str(HERE / "weights"))
f = AutoTokenizer.from_pretrained(DATA)
g = pipeline("fill-mask", model="checkpoints/checkpoint-1000")
h = SentenceTransformer("output/my-model")
i = AutoModel.from_pretrained(os.path.expanduser("~/models/encoder"))
j = AutoModel.from_pretrained("C:\\models\\encoder")
k = AutoModel.from_pretrained(f"{WEIGHTS}/best")
