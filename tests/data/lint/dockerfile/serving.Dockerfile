FROM lmsysorg/sglang:v0.4.1 AS sglang
# expect: sglang hf:acme/sg
CMD ["python3", "-m", "sglang.launch_server", "--model-path", "acme/sg"]

FROM ghcr.io/huggingface/text-embeddings-inference:cpu-1.5
# expect: model-setting hf:BAAI/bge-small-en-v1.5
ENV MODEL_ID=BAAI/bge-small-en-v1.5
# expect: text-generation-inference hf:acme/tei
CMD ["--model-id", "acme/tei", "--port", "80"]

FROM ollama/ollama:0.5
# expect: ollama ollama:mistral
RUN ollama serve & sleep 5 && ollama pull mistral

# expect: model-image oci:nvcr.io/nim/meta/llama-3.2-1b-instruct@1.8
FROM nvcr.io/nim/meta/llama-3.2-1b-instruct:1.8
