"""Samples of Keras archives, whose configurations name layers, or what is none."""

from __future__ import annotations

import json
from typing import Any

from tests.samples.hdf5 import FLOATS, contiguous, entry, hdf5, message, shape
from tests.samples.numpy import SAMPLES as NUMPY
from tests.samples.numpy import zipped


def thing(
    name: str, config: object, module: str | None = "keras.layers", registered: str | None = None
) -> dict[str, Any]:
    """A serialised object."""
    return {"module": module, "class_name": name, "config": config, "registered_name": registered}


def sequential(*layers: dict[str, Any]) -> dict[str, Any]:
    """A sequential model of these layers."""
    policy = thing("DTypePolicy", {"name": "float32"}, "keras")
    first = thing("InputLayer", {"batch_shape": [None, 4], "dtype": "float32", "name": "input"})
    return thing("Sequential", {"name": "model", "dtype": policy, "layers": [first, *layers]}, "keras")


def dense(activation: object = "relu") -> dict[str, Any]:
    """A dense layer."""
    start = thing("GlorotUniform", {"seed": None}, "keras.initializers")
    return thing("Dense", {"units": 3, "activation": activation, "kernel_initializer": start})


def archive(config: object, weights: bytes | None = None, more: dict[str, bytes] | None = None) -> bytes:
    """A `.keras` file."""
    members = {
        "metadata.json": json.dumps({"keras_version": "3.15.1", "date_saved": "2026-11-23@12:00:00"}).encode(),
        "config.json": config if isinstance(config, bytes) else json.dumps(config).encode(),
        "model.weights.h5": hdf5() if weights is None else weights,
    }
    return zipped(members | (more or {}))


_PLAIN = sequential(dense())
_TENSOR = {"class_name": "__keras_tensor__", "config": {"shape": [None, 4], "keras_history": ["input", 0, 0]}}
_FUNCTIONAL = thing(
    "Functional",
    {
        "layers": [
            thing("Multiply", {"name": "multiply"}, "keras.src.ops.numpy", "Multiply")
            | {"inbound_nodes": [{"args": [_TENSOR, 2.0], "kwargs": {}}]}
        ],
    },
    "keras.src.models.functional",
    "Functional",
) | {"compile_config": {"optimizer": thing("Adam", {"learning_rate": 0.001}, "keras.optimizers"), "loss": "mse"}}
_BUILTIN = thing("function", "relu", "builtins", "relu")
_GOOD = {
    "sequential": _PLAIN,
    "functional": _FUNCTIONAL,
    "activation-as-function": sequential(dense(_BUILTIN)),
    "vocabulary-inside": sequential(thing("StringLookup", {"vocabulary": ["a", "b"]})),
    "older-release": thing("Functional", {"layers": []}, "keras.src.engine.functional", "Functional"),
}
_GOOD |= {
    f"torch-backend-{name.lower()}": sequential(dense())
    | {
        "compile_config": {
            "optimizer": thing(name, {}, f"keras.src.backend.torch.optimizers.torch_{name.lower()}", name),
            "loss": thing("MeanSquaredError", {"name": "mean_squared_error"}, "keras.losses"),
        }
    }
    for name in ("Adam", "RMSprop", "SGD")
}
_LAMBDA = {"class_name": "__lambda__", "config": {"value": "4wEAAAA="}}
_CODE = {
    "lambda-layer": sequential(thing("Lambda", {"function": _LAMBDA})),
    "lambda-as-activation": sequential(dense(_LAMBDA)),
    "arbitrary-module": sequential(thing("function", "system", "os", "system")),
    "arbitrary-class": sequential(thing("Popen", {"args": "true"}, "subprocess")),
    "get-file": sequential(thing("function", "get_file", "keras.utils", "get_file")),
    "unsafe-deserialisation": sequential(thing("function", "enable_unsafe_deserialization", "keras.config")),
    "safe-mode-off": sequential(dense() | {"safe_mode": False}),
    "torch-wrapper": sequential(thing("TorchModuleWrapper", {"module": "AAAA"})),
    "savedmodel-layer": sequential(thing("TFSMLayer", {"filepath": "model"})),
    "vocabulary-file": sequential(thing("StringLookup", {"vocabulary": "/etc/hostname"})),
    "own-layer": sequential(thing("Attend", {}, "my_package.layers", "my_package>Attend")),
    "registered-under-another-name": sequential(thing("Dense", {}, registered="package>Dense")),
    "module-of-a-function": sequential(thing("Dense", {"kernel": {"fn_module": "os", "value": 1}})),
    "backend-module": sequential(thing("Adam", {}, "keras.src.backend.torch.optimizers.torch_sgd", "Adam")),
    "backend-function": sequential(thing("Adam", {}, "keras.src.backend.torch.trainer", "Adam")),
    "class-of-no-text": sequential({"class_name": ["Dense"], "config": {}}),
    "loader-within": sequential(thing("function", "load_model", "keras.models", "load_model")),
}
_MORE = {"run.txt": b"true\n"}
_STRUCTURE = {
    "no-weights": zipped({"config.json": json.dumps(_PLAIN).encode(), "metadata.json": b"{}"}),
    "a-key-twice": archive(b'{"class_name": "Sequential", "class_name": "Model", "config": {}}'),
    "another-member": archive(_PLAIN, more=_MORE),
    "no-json": archive(b"class Model: pass"),
    "no-object": archive([_PLAIN]),
    "no-class": archive({"config": {}}),
    "metadata-of-more": archive(_PLAIN, more={"metadata.json": b'{"loader": "os.system"}'}),
    "weights-that-are-none": archive(_PLAIN, b"\x80\x02N."),
    "weights-in-another-file": archive(_PLAIN, hdf5(message(7, bytes(24)))),
    "weights-behind-a-soft-link": archive(_PLAIN, hdf5(symbols=entry(8, (1 << 64) - 1, 2))),
    "weights-beyond-the-file": archive(
        _PLAIN, hdf5(message(1, shape()), message(3, FLOATS), message(8, contiguous(9999, 4)))
    ),
    "weights-with-bytes-behind": archive(_PLAIN, hdf5() + b"hidden"),
}
_NPZ = {
    "metadata.json": b"{}",
    "config.json": json.dumps(_PLAIN).encode(),
    "model.weights.npz": NUMPY["numpy-structure/good/archive"]["a.npz"],
}

SAMPLES: dict[str, dict[str, bytes]] = {
    **{f"keras-code/bad/{case}": {"model.keras": archive(config)} for case, config in _CODE.items()},
    **{f"keras-structure/bad/{case}": {"model.keras": data} for case, data in _STRUCTURE.items()},
    **{
        f"{check}/good/{case}": {"model.keras": archive(config)}
        for check in ("keras-code", "keras-structure")
        for case, config in _GOOD.items()
    },
    "keras-structure/good/assets": {"model.keras": archive(_PLAIN, more={"assets/words.txt": b"a\nb\n"})},
    "keras-structure/good/weights-as-npz": {"model.keras": zipped(_NPZ)},
}
