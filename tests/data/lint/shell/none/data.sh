#!/usr/bin/env bash
hf download rajpurkar/squad --repo-type dataset
huggingface-cli download --repo-type dataset acme/texts --local-dir data
hf download --repo-type=space acme/demo
git clone https://huggingface.co/datasets/acme/texts
git clone git@hf.co:spaces/acme/demo
wget https://huggingface.co/datasets/acme/texts/resolve/main/train.parquet
curl -L https://huggingface.co/acme/encoder/raw/main/README.md
curl https://huggingface.co/api/models/acme/encoder
