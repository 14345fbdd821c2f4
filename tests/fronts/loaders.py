"""What a user's program does with each framework: ``python loaders.py``, then a request a line, a reply a line.

A request is a front and a place: a folder to load from, or null for what Weighbridge gives, as it is used with that
framework. A reply has the outputs, or the error. One process for many requests: importing torch takes its time.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = "the gate can weigh what no one only hello"
ROW = [[0.5, -1.0, 2.0, 0.25]]


def approved(name: str) -> str:
    """The folder of an approved model."""
    import weighbridge

    return str(weighbridge.load(name, stage="production"))


def transformers_model(place: str) -> Any:
    """Text generation: logits, and the words that follow."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(place), AutoModelForCausalLM.from_pretrained(place)
    words = tokenizer(TEXT, return_tensors="pt")
    made = model.generate(**words, do_sample=False, max_new_tokens=5)
    return [model(**words).logits.tolist(), tokenizer.decode(made[0])]


def sentence_model(place: str) -> Any:
    """Embeddings."""
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(place, device="cpu").encode([TEXT, "yes"]).tolist()


def classification(place: str) -> Any:
    """A pipeline's verdict."""
    from transformers import pipeline

    return pipeline("text-classification", model=place)(TEXT)


def torch_hub(place: str) -> Any:
    """A network by its entry point."""
    import torch

    # Python would write what it compiled beside hubconf.py, and the next load refuses a folder that holds more.
    sys.dont_write_bytecode = True
    network = torch.hub.load(place, "tiny", source="local")
    return network(torch.tensor(ROW)).tolist()


def onnx_runtime(place: str) -> Any:
    """A network in ONNX."""
    import numpy as np
    import onnxruntime

    session = onnxruntime.InferenceSession(f"{place}/model.onnx", providers=["CPUExecutionProvider"])
    return session.run(None, {"x": np.array(ROW, dtype=np.float32)})[0].tolist()


def tensors_numpy(place: str) -> Any:
    """Weights as arrays."""
    from safetensors.numpy import load_file

    return {name: value.tolist() for name, value in load_file(f"{place}/model.safetensors").items()}


def tensors_torch(place: str) -> Any:
    """Weights as tensors."""
    from safetensors.torch import load_file

    return {name: value.tolist() for name, value in load_file(f"{place}/model.safetensors").items()}


def pyfunc(uri: str) -> Callable[[], Any]:
    """What MLflow's generic loader gives, by way of the registry."""

    def run() -> Any:
        import mlflow

        return mlflow.pyfunc.load_model(uri).predict([TEXT, "yes"]).tolist()

    return run


def generation(place: str) -> Any:
    """What a pipeline writes, by chance that is the same at every run."""
    import torch
    from transformers import pipeline

    write = pipeline("text-generation", model=place)
    torch.manual_seed(7)
    return [item[0]["generated_text"] for item in write([TEXT, "yes"])]


def pyfunc_generation() -> Any:
    """The same by MLflow's generic loader."""
    import mlflow
    import torch

    write = mlflow.pyfunc.load_model("models:/llama@production")
    torch.manual_seed(7)
    return write.predict([TEXT, "yes"])


def pyfunc_onnx() -> Any:
    """The same for a network in ONNX, which takes a table of arrays."""
    import mlflow
    import numpy as np

    found = mlflow.pyfunc.load_model("models:/onnx@production").predict({"x": np.array(ROW, dtype=np.float32)})
    return found["y"].tolist()


def mlflow_pipeline() -> Any:
    """The pipeline that MLflow's flavour for transformers makes."""
    import mlflow

    return mlflow.transformers.load_model("models:/classifier@production")(TEXT)


# Front: the governed name, what loads from a folder, and what loads what is approved.
FRONTS: dict[str, tuple[str, Callable[[str], Any], Callable[[], Any] | None]] = {
    "transformers": ("llama", transformers_model, None),
    "pipeline": ("classifier", classification, None),
    "sentence_transformers": ("sentences", sentence_model, None),
    "torch.hub": ("torchhub", torch_hub, None),
    "onnxruntime": ("onnx", onnx_runtime, None),
    "safetensors.numpy": ("llama", tensors_numpy, None),
    "safetensors.torch": ("llama", tensors_torch, None),
    "mlflow.pyfunc": ("sentences", sentence_model, pyfunc("models:/sentences@production")),
    "mlflow.transformers": ("classifier", classification, mlflow_pipeline),
    "mlflow.pyfunc of ONNX": ("onnx", onnx_runtime, pyfunc_onnx),
    "mlflow.pyfunc by version": ("sentences", sentence_model, pyfunc("models:/sentences/1")),
    "mlflow.pyfunc of a LLaMA": ("llama", generation, pyfunc_generation),
    "mlflow.pyfunc of torch.hub": ("torchhub", torch_hub, pyfunc("models:/torchhub@production")),
}


def outputs(front: str, place: str | None) -> Any:
    """What a front gives, from a folder or from what is approved."""
    name, load, special = FRONTS[front]
    if place is not None:
        return load(place)
    return special() if special else load(approved(name))


def failure(error: BaseException) -> dict[str, Any]:
    """An error as its program sees it."""
    text = [str(error), *getattr(error, "__notes__", [])]
    kinds = [kind.__name__ for kind in type(error).__mro__]
    return {"kinds": kinds, "code": getattr(error, "code", None), "text": "\n".join(text)}


def main() -> None:
    """Answer requests until there are no more."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # What frameworks print is for the log.
    os.dup2(2, 1)
    for line in sys.stdin:
        front, place = json.loads(line)
        try:
            reply = {"outputs": outputs(front, place)}
        except Exception as error:  # noqa: BLE001  whatever it is, the test says what it must be
            reply = {"error": failure(error)}
        print(json.dumps(reply), file=replies, flush=True)


if __name__ == "__main__":
    main()
