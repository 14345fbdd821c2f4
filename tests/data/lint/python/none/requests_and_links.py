import urllib.request

import requests

page = requests.get("https://huggingface.co/acme/encoder", timeout=5)
listed = requests.get("https://huggingface.co/api/models/acme/encoder", timeout=5)
card = urllib.request.urlopen("https://huggingface.co/acme/encoder/raw/main/README.md")
data = requests.get("https://example.com/data/train.csv", timeout=5)
picture = requests.get("https://example.com/model.png", timeout=5)
