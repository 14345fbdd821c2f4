#!/usr/bin/env bash
# hf download org/in-a-comment
set -euo pipefail

MODEL_ID="${MODEL_ID:-mistralai/Mistral-7B-Instruct-v0.3}"
REVISION=e0bc86c23ce5aae1db576c8cca6f06f1f73af2db
DEST=./models

hf download "$MODEL_ID" --revision "$REVISION" --local-dir "$DEST" # expect: hf-download hf:mistralai/Mistral-7B-Instruct-v0.3@e0bc86c23ce5aae1db576c8cca6f06f1f73af2db
hf download --quiet BAAI/bge-small-en-v1.5 config.json             # expect: hf-download hf:BAAI/bge-small-en-v1.5
huggingface-cli download gpt2                                      # expect: hf-download hf:gpt2
hf download rajpurkar/squad --repo-type dataset
hf download --repo-type=space org/demo
hf upload org/mine ./out
hf auth login --token "$HF_TOKEN"
echo "hf download org/echoed"

# expect+2: hf-download hf:Qwen/Qwen2.5-7B-Instruct@main
sudo -E env HF_HUB_ENABLE_HF_TRANSFER=1 hf download \
  Qwen/Qwen2.5-7B-Instruct \
  --revision main

for model in intfloat/e5-small-v2 intfloat/e5-base-v2; do
  # expect: hf-download hf:intfloat/e5-small-v2
  hf download "$model" # expect: hf-download hf:intfloat/e5-base-v2
done

fetch() {
  local repo="$1" rev="${2:-main}"
  hf download "$repo" --revision "$rev" # expect: hf-download hf:google/gemma-2-2b@abc123
}
fetch google/gemma-2-2b abc123

git clone https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2 # expect: git-clone hf:sentence-transformers/all-MiniLM-L6-v2@c9745ed1d9f207416be6d2e6f8de32d1f16199bf
cd all-MiniLM-L6-v2 && git checkout c9745ed1d9f207416be6d2e6f8de32d1f16199bf && cd ..
GIT_LFS_SKIP_SMUDGE=1 git clone --depth 1 -b v1 git@hf.co:org/tagged # expect: git-clone hf:org/tagged@v1
git clone https://huggingface.co/datasets/org/data
git clone https://huggingface.co/spaces/org/space
git clone https://github.com/ggml-org/llama.cpp

wget -q https://huggingface.co/TheBloke/Llama-2-7B-GGUF/resolve/main/llama-2-7b.Q4_K_M.gguf -O model.gguf # expect: download hf:TheBloke/Llama-2-7B-GGUF@main
curl -fsSL -o u2net.onnx https://example.com/releases/u2net.onnx # expect: download https:https://example.com/releases/u2net.onnx
curl -L https://huggingface.co/datasets/org/d/resolve/main/train.parquet -o train.parquet
curl -LO https://huggingface.co/org/x/raw/main/README.md
curl -fsSL https://ollama.com/install.sh | sh
wget "$BASE_URL/data.tar.gz"
wget "$BASE_URL/model.safetensors" # expect: download https:?

ollama pull llama3.2:3b         # expect: ollama ollama:llama3.2@3b
ollama run hf.co/bartowski/Q-GGUF:Q4_K_M "hello there" # expect: ollama hf:bartowski/Q-GGUF
ollama list
ollama rm llama3.2

pip install torch transformers==4.40
pip install https://github.com/explosion/spacy-models/releases/download/en_core_web_sm-3.7.1/en_core_web_sm-3.7.1-py3-none-any.whl # expect: model-wheel https:https://github.com/explosion/spacy-models/releases/download/en_core_web_sm-3.7.1/en_core_web_sm-3.7.1-py3-none-any.whl
python -m spacy download en_core_web_sm # expect: spacy-download spacy:en_core_web_sm
python3 -m spacy validate

aws s3 cp s3://weights/prod/model.safetensors . # expect: download s3://weights/prod/model.safetensors
aws s3 cp s3://weights/prod/data.csv .
aws s3 cp model.safetensors s3://weights/prod/model.safetensors

cat > later.sh <<EOF
hf download $MODEL_ID # expect: hf-download hf:mistralai/Mistral-7B-Instruct-v0.3
EOF
cat <<'EOF' > notes.txt
hf download org/in-notes
EOF
hf download "$1" # expect: hf-download hf:?
