#!/usr/bin/env bash
# One function a server; the first argument says which.
MODEL=Qwen/Qwen2.5-14B-Instruct
PORT=${PORT:-8000}

start_vllm() {
  # expect: vllm hf:Qwen/Qwen2.5-14B-Instruct
  exec vllm serve "$MODEL" \
    --port "$PORT" --tensor-parallel-size 2
}

case "$1" in
  vllm) start_vllm ;;
  old) python3 -m vllm.entrypoints.openai.api_server --model "${MODEL}" --revision main ;; # expect: vllm hf:Qwen/Qwen2.5-14B-Instruct@main
  sglang) nohup python -m sglang.launch_server --model-path acme/sgl --trust-remote-code > log 2>&1 & ;; # expect: sglang hf:acme/sgl
  tgi) text-generation-launcher --model-id acme/tgi --revision abc123 --quantize awq ;; # expect: text-generation-inference hf:acme/tgi@abc123
  tei) text-embeddings-router --model-id BAAI/bge-large-en-v1.5 ;; # expect: text-generation-inference hf:BAAI/bge-large-en-v1.5
  llama) llama-server -hf ggml-org/gemma-3-4b-it-GGUF -c 8192 ;; # expect: llama-cpp hf:ggml-org/gemma-3-4b-it-GGUF
  llama-quant) llama-cli -hf bartowski/Llama-3.2-1B-Instruct-GGUF:Q4_K_M -p hi ;; # expect: llama-cpp hf:bartowski/Llama-3.2-1B-Instruct-GGUF
  llama-url) llama-server --model-url https://example.com/m.gguf ;; # expect: llama-cpp https:https://example.com/m.gguf
  llama-local) llama-server -m /models/m.gguf ;;
  mlx) mlx_lm.server --model mlx-community/Mistral-7B-Instruct-v0.3-4bit ;; # expect: mlx-lm hf:mlx-community/Mistral-7B-Instruct-v0.3-4bit
  mlflow) mlflow models serve -m models:/basket/Production -p 5001 ;; # expect: mlflow-models mlflow:basket@Production
  mlflow-alias) mlflow models serve --model-uri "models:/basket@champion" ;; # expect: mlflow-models mlflow:basket@@champion
  mlflow-run) mlflow models serve -m runs:/0123/model ;;
  infinity) infinity_emb v2 --model-id mixedbread-ai/mxbai-embed-large-v1 ;; # expect: infinity hf:mixedbread-ai/mxbai-embed-large-v1
  lmdeploy) lmdeploy serve api_server internlm/internlm2_5-7b-chat --server-port 23333 ;; # expect: lmdeploy hf:internlm/internlm2_5-7b-chat
  litellm) litellm --model gpt-4o-mini ;; # expect: litellm api:openai/gpt-4o-mini
  eval) lm_eval --model hf --model_args pretrained=EleutherAI/pythia-1b,revision=step100000 --tasks arc_easy ;; # expect: lm-eval hf:EleutherAI/pythia-1b@step100000
  export) optimum-cli export onnx --model distilbert/distilbert-base-uncased out/ ;; # expect: optimum-export hf:distilbert/distilbert-base-uncased
  train) accelerate launch train.py --model_name_or_path acme/base --dataset_name acme/texts ;; # expect: script-option hf:acme/base
  spacy) python -m spacy download de_core_news_sm-3.7.0 --direct ;; # expect: spacy-download spacy:de_core_news_sm@3.7.0
  weighbridge) weighbridge run --model minilm -- python serve.py ;; # expect: weighbridge weighbridge:minilm
  *) echo "usage: $0 vllm|old|sglang acme/none" >&2; exit 2 ;;
esac
