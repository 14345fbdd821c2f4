# Sourced by CI.
run_ssh() {
  ssh gpu "hf download acme/remote-host" # expect: hf-download hf:acme/remote-host
}
bash -c 'ollama pull phi3:mini' # expect: ollama ollama:phi3@mini
echo acme/piped | xargs hf download # expect: hf-download hf:acme/piped
hf download acme/one && hf download acme/two || true # expect: hf-download hf:acme/one # expect: hf-download hf:acme/two
MODELS=(acme/array-a acme/array-b)
for m in "${MODELS[@]}"; do
  # expect: hf-download hf:acme/array-a
  # expect: hf-download hf:acme/array-b
  hf download "$m"
done
python - <<'END'
from transformers import AutoModel
AutoModel.from_pretrained("acme/heredoc") # expect: hf-from-pretrained hf:acme/heredoc
END
python -c "from sentence_transformers import SentenceTransformer; SentenceTransformer('acme/inline')" # expect: sentence-transformers hf:acme/inline
eval "hf download acme/evaluated" # expect: hf-download hf:acme/evaluated
read -r chosen < models.txt
hf download "$chosen" # expect: hf-download hf:?
docker model pull ai/smollm2:360M-Q4_K_M # expect: docker-model oci:docker.io/ai/smollm2@360M-Q4_K_M
aws s3 cp s3://acme-weights/ranker/model.onnx . # expect: download s3://acme-weights/ranker/model.onnx
gsutil cp gs://acme-weights/ranker.safetensors . # expect: download gs://acme-weights/ranker.safetensors
modelscope download --model Qwen/Qwen2.5-7B # expect: modelscope-download modelscope:Qwen/Qwen2.5-7B
