"""AutoModel.from_pretrained("doc/string") is no call."""

from huggingface_hub import snapshot_download
from sentence_transformers import SentenceTransformer
from transformers import AutoModel, AutoTokenizer

NAME = "acme/encoder"
model = AutoModel.from_pretrained(NAME)  # expect: hf-from-pretrained hf:acme/encoder
tokenizer = AutoTokenizer.from_pretrained(NAME, revision="main")  # expect: hf-from-pretrained hf:acme/encoder@main
local = AutoModel.from_pretrained("./checkpoint")
folder = snapshot_download("acme/encoder")  # expect: hf-download hf:acme/encoder
data = snapshot_download("acme/texts", repo_type="dataset")
embedder = SentenceTransformer("acme/sentences")  # expect: sentence-transformers hf:acme/sentences
