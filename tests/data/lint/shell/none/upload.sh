#!/bin/sh
hf upload acme/mine ./out
huggingface-cli upload acme/mine out/ --revision main
huggingface-cli login --token "$HF_TOKEN"
hf repo create acme/mine
hf cache scan
ollama list
ollama serve
git push https://huggingface.co/acme/mine main
mlflow server --backend-store-uri sqlite:///mlflow.db
