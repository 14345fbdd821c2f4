#!/bin/sh
# Prepares a GPU host: models for search, chat and speech.
set -eu

: "${HF_HOME:=/srv/hf}"
EMBEDDER=${EMBEDDER:-intfloat/e5-large-v2}
RERANKER="BAAI/bge-reranker-v2-m3"
CHAT=meta-llama/Llama-3.2-3B-Instruct
CHAT_REV=0cb88a4f764b7a12671c53f0838cd831a0843b95

apt-get update && apt-get install -y git-lfs curl
python3 -m pip install --upgrade "huggingface_hub[cli]" vllm

if [ ! -d /srv/models/embedder ]; then
  hf download "$EMBEDDER" --local-dir /srv/models/embedder # expect: hf-download hf:intfloat/e5-large-v2
fi
hf download "$RERANKER" --revision=953dc6f6f85a1b2dbfca4c34a2796e7dde08d41e # expect: hf-download hf:BAAI/bge-reranker-v2-m3@953dc6f6f85a1b2dbfca4c34a2796e7dde08d41e
huggingface-cli download --token "$HF_TOKEN" "$CHAT" --revision "$CHAT_REV" --include '*.safetensors' # expect: hf-download hf:meta-llama/Llama-3.2-3B-Instruct@0cb88a4f764b7a12671c53f0838cd831a0843b95
timeout 600 huggingface-cli download openai/whisper-small || exit 1 # expect: hf-download hf:openai/whisper-small
uvx --from huggingface_hub hf download acme/by-uvx # expect: hf-download hf:acme/by-uvx
(cd /srv && git lfs install && git clone https://huggingface.co/acme/cloned.git) # expect: git-clone hf:acme/cloned
git clone --branch v2 --depth 1 https://user:${HF_TOKEN}@huggingface.co/acme/private # expect: git-clone hf:acme/private@v2
git clone https://github.com/acme/service.git
git -C /srv/service pull --ff-only
curl -L --create-dirs -o /srv/models/yolo.onnx "https://github.com/acme/models/releases/download/v1/yolo.onnx" # expect: download https:https://github.com/acme/models/releases/download/v1/yolo.onnx
curl -sSf https://example.com/install.sh | sh
wget -P /srv/models https://huggingface.co/acme/gguf/resolve/9f3c1d/chat.Q5_K_M.gguf # expect: download hf:acme/gguf@9f3c1d
wget https://example.org/corpus.tar.gz
for name in llama3.2 qwen2.5:7b; do
  # expect: ollama ollama:llama3.2
  ollama pull "$name" # expect: ollama ollama:qwen2.5@7b
done
docker run --rm --gpus all -p 8000:8000 vllm/vllm-openai:v0.6.3 --model acme/in-docker # expect: vllm hf:acme/in-docker
docker run -d -e MODEL_ID=acme/by-env ghcr.io/huggingface/text-generation-inference:2.4 # expect: model-setting hf:acme/by-env
docker run -d nginx:1.27
systemctl restart chat
