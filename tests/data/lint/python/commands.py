"""Programs that start other programs, which load or serve models."""

import os
import shlex
import subprocess
import sys

import modal

MODEL = "acme-ml/served"

subprocess.run(["huggingface-cli", "download", "acme-ml/weights", "--local-dir", "out"], check=True)  # expect: * hf:acme-ml/weights
subprocess.Popen(
    [
        sys.executable,
        "-m",
        "vllm.entrypoints.openai.api_server",
        "--model",
        MODEL,  # expect: vllm hf:acme-ml/served
        "--port",
        "8000",
    ]
)
os.system(f"hf download {MODEL} --revision 0123456789abcdef0123456789abcdef01234567")  # expect: * hf:acme-ml/served@0123456789abcdef0123456789abcdef01234567
subprocess.check_call("git clone https://huggingface.co/acme-ml/cloned && ls cloned", shell=True)  # expect: git-clone hf:acme-ml/cloned
subprocess.run(shlex.split("ollama pull llama3.2"))  # expect: * ollama:llama3.2
image = modal.Image.debian_slim().run_commands("hf download acme-ml/baked")  # expect: * hf:acme-ml/baked
subprocess.run(["git", "status"])
subprocess.run(["dvc", "pull", "models/minilm.dvc"])
