#!/bin/sh
vllm serve meta-llama/Llama-3.1-8B-Instruct --port 8000 # expect: vllm hf:meta-llama/Llama-3.1-8B-Instruct
vllm serve ./checkpoints/final
vllm serve /models/llama --served-model-name org/served
ARGS="--model org/from-args --revision v2"
python -m vllm.entrypoints.openai.api_server $ARGS # expect: vllm hf:org/from-args@v2
# expect+1: vllm hf:org/b
python3.11 -m vllm.entrypoints.openai.api_server --model=org/a --tokenizer org/b --trust-remote-code # expect: vllm hf:org/a
# expect+1: vllm hf:org/d@x
CUDA_VISIBLE_DEVICES=0 nohup vllm serve org/c --tokenizer org/d --tokenizer-revision x > log 2>&1 & # expect: vllm hf:org/c
text-generation-launcher --model-id bigscience/bloom-560m --revision refs/pr/1 --num-shard 2 # expect: text-generation-inference hf:bigscience/bloom-560m@refs/pr/1
python -m sglang.launch_server --model-path org/s --port 30000 # expect: sglang hf:org/s
llama-server -hf ggml-org/gemma-3-4b-it-GGUF:Q8_0 -c 4096      # expect: llama-cpp hf:ggml-org/gemma-3-4b-it-GGUF
./llama.cpp/build/bin/llama-cli -m ./models/x.gguf -p "hi"
llama-cli --model-url https://example.com/m.gguf              # expect: llama-cpp https:https://example.com/m.gguf
transformers serve org/t                                      # expect: transformers-serve hf:org/t
mlflow models serve -m models:/fraud/3 -p 5001                # expect: mlflow-models mlflow:fraud@3
mlflow models serve --model-uri "models:/fraud@champion"      # expect: mlflow-models mlflow:fraud@@champion
mlflow models serve -m runs:/abc/model
docker run --rm --gpus all -v "$PWD:/data" -p 8080:80 \
  ghcr.io/huggingface/text-embeddings-inference:1.5 --model-id BAAI/bge-base-en-v1.5 # expect: text-generation-inference hf:BAAI/bge-base-en-v1.5
docker run -e HF_MODEL_ID=org/env-in-run deepjavalibrary/djl-serving:0.27 # expect: model-setting hf:org/env-in-run
docker run -it vllm/vllm-openai:v0.6 --model org/v            # expect: vllm hf:org/v
docker run nvcr.io/nim/meta/llama3-8b-instruct:1.0.3          # expect: model-image oci:nvcr.io/nim/meta/llama3-8b-instruct@1.0.3
docker run redis:7 --model x
docker model pull ai/smollm2                                  # expect: docker-model oci:docker.io/ai/smollm2
docker exec ollama ollama pull mistral                        # expect: ollama ollama:mistral
bash -lc "source venv/bin/activate && vllm serve org/inner"   # expect: vllm hf:org/inner
ssh gpu1 'ollama pull phi3'                                   # expect: ollama ollama:phi3
uv run --with vllm vllm serve org/uv                          # expect: vllm hf:org/uv
accelerate launch --num_processes 4 train.py --model_name_or_path org/ft --dataset_name org/data --output_dir out # expect: script-option hf:org/ft
python train.py --base_model org/lora --data_path org/data --hub_model_id org/push # expect: script-option hf:org/lora
python train.py --model resnet50 --name org/x
tritonserver --model-repository=/models
export HF_MODEL_ID=org/exported                               # expect: model-setting hf:org/exported
export MODEL_DIR=./models OPENAI_API_KEY=sk-none
weighbridge pull minilm                                       # expect: weighbridge weighbridge:minilm
weighbridge run --stage production -- vllm serve org/guarded
trtllm-serve org/trt --host 0.0.0.0                           # expect: trtllm-serve hf:org/trt
