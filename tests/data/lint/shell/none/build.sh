#!/bin/bash
set -e
MODEL=T-shirt
git clone https://github.com/acme/encoder
docker build -t acme/encoder:latest .
docker pull python:3.12-slim
pip install transformers==4.46.0 torch
curl -fsS https://example.com/health
wget https://example.com/logo.png
npm run build -- --model ./schema
echo "hf download acme/not-run"
printf '%s\n' "vllm serve acme/not-run"
python train.py --model linear --data acme/data --out models/final
aws s3 sync s3://acme-logs/models ./logs
