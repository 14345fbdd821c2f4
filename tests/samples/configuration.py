"""Samples of configuration: settings that run code, reach elsewhere, leave the folder, weaken or install."""

from __future__ import annotations

import json
from typing import Final

WEIGHTS: Final = b"\x08\x00\x00\x00\x00\x00\x00\x00{}      "
"""A safetensors file without tensors."""


def written(value: object) -> bytes:
    """A JSON document."""
    return json.dumps(value, indent=1).encode()


def _model(**settings: object) -> dict[str, bytes]:
    return {"config.json": written({"model_type": "bert", **settings})}


_LORA: Final = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "target_modules": ["q_proj", "v_proj"], "r": 8}
_PIPELINE: Final = {
    "_class_name": "StableDiffusionXLPipeline",
    "_diffusers_version": "0.19.0.dev0",
    "force_zeros_for_empty_prompt": True,
    "scheduler": ["diffusers", "EulerDiscreteScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
    "feature_extractor": [None, None],
    "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
}
_SENTENCE: Final = "sentence_transformers.models"
_MLMODEL: Final = """\
artifact_path: model
flavors:
  python_function:
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: {loader}
    model_path: model.skops
    predict_fn: predict
    python_version: 3.11.9
{more}mlflow_version: 2.20.0
"""
_HYDRA: Final = "model:\n  encoder:\n    _target_: {}\n    args: [true]\n"


def _mlmodel(loader: str, more: str = "") -> dict[str, bytes]:
    return {"MLmodel": _MLMODEL.format(loader=loader, more=more).encode()}


def _requirements(*rows: str) -> dict[str, bytes]:
    return {"requirements.txt": "".join(f"{row}\n" for row in rows).encode()}


def _index(*files: str) -> dict[str, bytes]:
    names = {f"layer.{number}.weight": file for number, file in enumerate(files)}
    return {"model.safetensors.index.json": written({"metadata": {"total_size": 0}, "weight_map": names})}


def _modules(*rows: tuple[str, str]) -> dict[str, bytes]:
    return {
        "modules.json": written(
            [
                {"idx": number, "name": str(number), "path": path, "type": kind}
                for number, (kind, path) in enumerate(rows)
            ]
        )
    }


_SHARDS: Final = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]

SAMPLES: Final[dict[str, dict[str, bytes]]] = {
    "remote-code/bad/auto-map": _model(auto_map={"AutoModel": "modeling_own.OwnModel"}),
    "remote-code/bad/auto-map-elsewhere": _model(auto_map={"AutoConfig": "other/model--configuration.OwnConfig"}),
    "remote-code/bad/auto-map-tokenizer": {
        "tokenizer_config.json": written({"auto_map": {"AutoTokenizer": ["tokenization_own.OwnTokenizer", None]}})
    },
    "remote-code/bad/attention-kernel": _model(_attn_implementation_internal="other/kernel:forward@main"),
    "remote-code/bad/attention-nested": _model(text_config={"attn_implementation": {"": "other/kernel"}}),
    "remote-code/bad/nested-trust": _model(keypoint_detector_config={"trust_remote_code": "True"}),
    "remote-code/bad/custom-generate": {"generation_config.json": written({"custom_generate": "other/decoding"})},
    "remote-code/bad/custom-generate-folder": {
        "custom_generate/generate.py": b"def generate(model):\n    return None\n"
    },
    "remote-code/bad/custom-pipelines": _model(custom_pipelines={"own-task": {"impl": "own_pipeline.Own", "pt": []}}),
    "remote-code/bad/pipeline-library": {"model_index.json": written({**_PIPELINE, "unet": ["own_unet", "OwnUNet"]})},
    "remote-code/bad/pipeline-class": {"model_index.json": written({**_PIPELINE, "_class_name": ["pipeline", "Own"]})},
    "remote-code/bad/scheduler-module": {
        "scheduler/scheduler_config.json": written({"_class_name": ["own_scheduler", "Own"]})
    },
    "remote-code/bad/component-path": {"unet/config.json": written({"_class_name": "own.module.Own"})},
    "remote-code/bad/pipeline-function": {"model_index.json": written({**_PIPELINE, "vae": ["diffusers", "system"]})},
    "remote-code/bad/sentence-module": _modules((f"{_SENTENCE}.Transformer", ""), ("own_module.Own", "1_Own")),
    "remote-code/bad/sentence-prefix": _modules((f"{_SENTENCE}.os.Popen", "")),
    "remote-code/bad/sentence-activation": {"1_Dense/config.json": written({"activation_function": "os.system"})},
    "remote-code/bad/adapter-library": {
        "adapter_config.json": written({**_LORA, "auto_mapping": {"base_model_class": "Popen", "parent_library": "os"}})
    },
    "remote-code/bad/spacy-registry": {
        "config.cfg": b'[nlp]\nlang = "en"\n[initialize.before_init]\n@callbacks = "own_callback.v1"\n'
    },
    "remote-code/bad/spacy-factory": {"config.cfg": b'[components.extra]\nfactory = "own_component"\n'},
    "remote-code/good/spacy": {
        "config.cfg": b'[components.ner]\nfactory = "ner"\n[components.ner.model]\n@architectures = "spacy.Tagger.v2"\n'
        b'[training.optimizer]\n@optimizers = "Adam.v1"\n[corpora.x]\n@readers = "srsly.read_json.v1"\n'
    },
    "remote-code/bad/hydra": {"model_config.yaml": _HYDRA.format("subprocess.Popen").encode()},
    "remote-code/bad/latent-target": {"own.yaml": b"model:\n  target: own.models.Own\n  params: {}\n"},
    "remote-code/bad/class-path": {"config.yaml": b"model:\n  class_path: own.module.Own\n"},
    "remote-code/bad/jsonpickle": {"state.json": written({"py/reduce": [{"py/function": "os.system"}, ["true"]]})},
    "remote-code/bad/tokenizer-path": {"tokenizer_config.json": written({"tokenizer_class": "own.tokenization.Own"})},
    "remote-code/bad/mlflow-loader": _mlmodel("own_loader"),
    "remote-code/bad/mlflow-code": _mlmodel("mlflow.sklearn", "    code: code\n"),
    "remote-code/bad/mlflow-python-model": _mlmodel("mlflow.pyfunc.model", "    python_model: python_model.pkl\n"),
    "remote-code/bad/native-library": {"genai_config.json": written({"session": {"custom_ops_library": "own.so"}})},
    "remote-code/bad/kernels": _model(kernel_config={"RMSNorm": "other/kernel:Norm"}),
    "remote-code/bad/argument": {"serve.yaml": b"args:\n  - serve\n  - --trust-remote-code\n"},
    "remote-code/bad/keras-module": {
        "config.json": written({"module": "subprocess", "class_name": "Popen", "config": {"args": "true"}})
    },
    "remote-code/bad/langchain": {
        "prompt.json": written({"lc": 1, "type": "constructor", "id": ["langchain", "Own"], "kwargs": {}})
    },
    "remote-code/bad/spacy": {
        "config.cfg": b'[nlp]\nbefore_creation = {"x": 1}\n[model]\n@callbacks = "own.run.now"\n'
    },
    "remote-code/bad/triton": {"config.pbtxt": b'name: "own"\nbackend: "python"\n'},
    "remote-code/bad/mlflow-pickle-module": {"data/pickle_module_info.txt": b"own.module"},
    "remote-code/good/bert": {
        **_model(
            _name_or_path="./outputs/checkpoint-500",
            architectures=["BertForSequenceClassification"],
            _attn_implementation="sdpa",
            id2label={"0": "auto_map", "1": "target"},
            label2id={"auto_map": 0, "target": 1},
            transformers_version="4.40.0",
        ),
        "tokenizer_config.json": written({"tokenizer_class": "BertTokenizer", "trust_remote_code": False}),
    },
    "remote-code/good/diffusers": {"model_index.json": written(_PIPELINE)},
    "remote-code/good/sentence-transformers": {
        **_modules(
            (f"{_SENTENCE}.Transformer", ""), (f"{_SENTENCE}.Pooling", "1_Pooling"), (f"{_SENTENCE}.Dense", "2_Dense")
        ),
        "1_Pooling/config.json": written({"word_embedding_dimension": 384, "pooling_mode_mean_tokens": True}),
        "2_Dense/config.json": written({"activation_function": "torch.nn.modules.activation.Tanh", "bias": True}),
    },
    "remote-code/good/sentence-transformers-6": _modules(
        ("sentence_transformers.base.modules.transformer.Transformer", ""),
        ("sentence_transformers.sentence_transformer.modules.pooling.Pooling", "."),
    ),
    "remote-code/good/adapter": {
        "adapter_config.json": written(
            {
                **_LORA,
                "auto_mapping": {
                    "base_model_class": "LlamaForCausalLM",
                    "parent_library": "transformers.models.llama.modeling_llama",
                },
            }
        )
    },
    "remote-code/good/mlflow": _mlmodel("mlflow.sklearn", "  sklearn:\n    code: null\n    sklearn_version: 1.5.0\n"),
    "remote-code/good/latent-diffusion": {
        "v1-inference.yaml": b"model:\n  target: ldm.models.diffusion.ddpm.LatentDiffusion\n  params:\n"
        b"    unet_config:\n      target: ldm.modules.diffusionmodules.openaimodel.UNetModel\n"
    },
    "remote-code/good/vocabulary": {
        "vocab.json": written({"trust_remote_code": 1, **{f"w{n}": n for n in range(2, 80)}})
    },
    "foreign-reference/bad/adapter": {
        "adapter_config.json": written({**_LORA, "base_model_name_or_path": "other/base"})
    },
    "foreign-reference/bad/auto-map": _model(auto_map={"AutoModel": "other/model--modeling.Own"}),
    "foreign-reference/bad/attention": _model(_attn_implementation="other/kernel"),
    "foreign-reference/bad/audio-tokenizer": {
        "processor_config.json": written({"audio_tokenizer": {"audio_tokenizer_name_or_path": "other/codec"}})
    },
    "foreign-reference/bad/backbone": _model(backbone="other/resnet", use_pretrained_backbone=True),
    "foreign-reference/bad/verifier": _model(speculators_config={"verifier": {"name_or_path": "other/large"}}),
    "foreign-reference/bad/assistant": {"generation_config.json": written({"assistant_model": "other/small"})},
    "foreign-reference/bad/open-clip": {
        "open_clip_config.json": written({"model_cfg": {"text_cfg": {"hf_tokenizer_name": "other/tokenizer"}}})
    },
    "foreign-reference/bad/modelfile": {"Modelfile": b"FROM other/model:latest\nPARAMETER temperature 1\n"},
    "foreign-reference/bad/vocabulary-address": {
        "tokenizer_config.json": written({"vocab_file": "https://other.example/vocab.txt"})
    },
    "foreign-reference/good/name-or-path": _model(
        _name_or_path="owner/base", text_config={"_name_or_path": "owner/t5"}
    ),
    "foreign-reference/good/trainer": {
        "config_file.toml": b'pretrained_model_name_or_path = "base/model"\nlearning_rate = 1e-4\n',
        "settings.yaml": b"vae_name_or_path: /workspace/vae.safetensors\n",
    },
    "foreign-reference/bad/not-its-own": {
        **_model(hf_tokenizer_name="own/model-2"),
        ".source.json": written({"source": "hf:own/model"}),
    },
    "foreign-reference/good/timm": {
        "config.json": written(
            {
                "architecture": "resnet50",
                "pretrained_cfg": {"hf_hub_id": "timm/resnet50.a1_in1k", "url": "https://other.example/resnet.pth"},
            }
        )
    },
    "foreign-reference/good/musicgen": _model(text_encoder={"_name_or_path": "t5-base", "model_type": "t5"}),
    "foreign-reference/good/training": {
        "training_args.yaml": b"model_name_or_path: owner/base\noutput_dir: ../o\ntokenizer_name_or_path: owner/base\n"
    },
    "path-traversal/bad/weight-map": _index("../../other/weights.safetensors"),
    "path-traversal/bad/weight-map-absolute": _index("/etc/passwd"),
    "path-traversal/bad/weight-map-backslash": _index("..\\..\\weights.safetensors"),
    "path-traversal/bad/weight-map-drive": _index("C:\\weights.safetensors"),
    "path-traversal/bad/weight-map-encoded": _index("%2e%2e/%2e%2e/weights.safetensors"),
    "path-traversal/bad/weight-map-address": _index("file:///etc/hostname"),
    "path-traversal/bad/module": _modules((f"{_SENTENCE}.Transformer", "../elsewhere")),
    "path-traversal/bad/vocabulary": {"tokenizer_config.json": written({"vocab_file": "../../../etc/passwd"})},
    "path-traversal/bad/vocabulary-home": {"tokenizer_config.json": written({"merges_file": "~/.ssh/id_rsa"})},
    "path-traversal/bad/mlflow-data": _mlmodel("mlflow.sklearn", "    data: ../../data\n"),
    "path-traversal/bad/external-data": {"tensors.json": written([{"location": "../x.bin", "offset": 0, "length": 4}])},
    "path-traversal/good/training-machine": _model(
        audio_rep={"audio_folder": "/data/audio/", "index_file": "index/all.tsv"},
        speaker_labels_path="/data/speakers.json",
        project_dir="/home/one/project",
    ),
    "path-traversal/bad/tokenizer-folder": _model(tokenizer_dir="/opt/other", vocoder_path="../vocoder"),
    "path-traversal/good/shards": {**_index(*_SHARDS), **dict.fromkeys(_SHARDS, WEIGHTS)},
    "path-traversal/good/leftovers": {
        "tokenizer_config.json": written(
            {
                "special_tokens_map_file": "/root/.cache/huggingface/transformers/abc.map",
                "tokenizer_file": "/home/someone/.cache/huggingface/tokenizer.json",
                "name_or_path": "../models/base",
            }
        )
    },
    "path-traversal/good/modules": {
        **_modules((f"{_SENTENCE}.Transformer", ""), (f"{_SENTENCE}.Pooling", "1_Pooling")),
        "1_Pooling/config.json": written({"pooling_mode_cls_token": True}),
    },
    "dangerous-config/bad/allow-pickle": {"preprocessor_config.json": written({"allow_pickle": True})},
    "dangerous-config/bad/weights-only": {"load.yaml": b"load:\n  weights_only: false\n"},
    "dangerous-config/bad/safe-mode": {"load.json": written({"keras": {"safe_mode": False}})},
    "dangerous-config/bad/compose": {"docker-compose.yml": b"services:\n  x:\n    image: y\n    privileged: true\n"},
    "dangerous-config/bad/socket": {
        "docker-compose.yml": b"services:\n  x:\n    volumes:\n      - /var/run/docker.sock:/var/run/docker.sock\n"
    },
    "dangerous-config/bad/stage": {"dvc.yaml": b"stages:\n  train:\n    cmd: python train.py\n"},
    "dangerous-config/bad/hub": {"serve.yaml": b"env:\n  HF_ENDPOINT: https://other.example\n"},
    "dangerous-config/bad/devcontainer": {".devcontainer/devcontainer.json": written({"postCreateCommand": "true"})},
    "dangerous-config/good/safe": {
        "load.yaml": b"load:\n  weights_only: true\n  safe_mode: true\n  allow_pickle: false\n"
    },
    "dangerous-config/good/model": _model(torchscript=False, use_cache=True, pid=3, command="none"),
    "dangerous-requirement/bad/extra-index": _requirements(
        "--extra-index-url https://other.example/simple", "numpy==2.2"
    ),
    "dangerous-requirement/bad/find-links": _requirements("-f https://other.example/wheels", "numpy"),
    "dangerous-requirement/bad/editable": _requirements("-e ."),
    "dangerous-requirement/bad/git": _requirements("git+https://other.example/own.git"),
    "dangerous-requirement/bad/direct": _requirements("own @ https://other.example/own-1.0.whl"),
    "dangerous-requirement/bad/wheel": _requirements("./own-1.0-py3-none-any.whl"),
    "dangerous-requirement/bad/outside": _requirements("-r ../requirements.txt"),
    "dangerous-requirement/bad/channel": {
        "conda.yaml": b"channels:\n- https://other.example/conda\ndependencies:\n- python=3.11\n"
    },
    "dangerous-requirement/bad/conda-pip": {
        "conda.yaml": b"channels: [x]\ndependencies:\n- pip:\n  - --index-url https://other.example\n  - own\n"
    },
    "dangerous-requirement/bad/pyproject": {
        "pyproject.toml": b'[project]\nname = "x"\ndependencies = ["own @ git+https://other.example/own"]\n'
    },
    "dangerous-requirement/bad/uv": {
        "pyproject.toml": b'[tool.uv.sources]\nown = { git = "https://other.example/own" }\n'
    },
    "dangerous-requirement/good/plain": _requirements(
        "# what it was tested with",
        "mlflow==2.20.0",
        "numpy>=2.2,<3 ; python_version >= '3.10'",
        "scikit-learn[x]~=1.5",
    ),
    "dangerous-requirement/good/hashes": _requirements("numpy==2.2.0 \\", f"    --hash=sha256:{'0' * 64}"),
    "dangerous-requirement/good/torch-index": _requirements("--extra-index-url https://download.pytorch.org/whl/cu121"),
    "dangerous-requirement/good/conda": {
        "conda.yaml": b"channels: [x]\ndependencies:\n- python=3.11.9\n- pip<=24.0\n- pip:\n  - mlflow==2.20.0\n"
    },
    "dangerous-requirement/good/python-env": {
        "python_env.yaml": b"python: 3.11.9\nbuild_dependencies:\n- pip==24.0\ndependencies:\n- -r requirements.txt\n"
    },
    "loader-vulnerability/bad/torch": _requirements("torch==2.5.1"),
    "loader-vulnerability/bad/transformers": _requirements("transformers>=4.56,<5.3"),
    "loader-vulnerability/bad/keras": _requirements("keras~=3.8.0"),
    "loader-vulnerability/bad/conda": {
        "conda.yaml": b"channels:\n- conda-forge\ndependencies:\n- pip:\n  - llama_cpp_python==0.2.71\n"
    },
    "loader-vulnerability/good/fixed": _requirements("torch==2.10.0", "transformers==5.3.0", "keras>=3.13.2"),
    "loader-vulnerability/good/unbounded": _requirements("torch", "transformers>=4.40", "keras!=3.8.0"),
    "loader-vulnerability/good/written-by": _model(transformers_version="4.57.0"),
    "missing-file/bad/shard": {**_index(*_SHARDS), _SHARDS[0]: WEIGHTS},
    "missing-file/bad/module": _modules((f"{_SENTENCE}.Transformer", ""), (f"{_SENTENCE}.Pooling", "1_Pooling")),
    "missing-file/bad/code": _model(auto_map={"AutoModel": "modeling_own.OwnModel"}),
    "missing-file/good/normalize": {
        **_modules((f"{_SENTENCE}.Transformer", ""), (f"{_SENTENCE}.Normalize", "2_Normalize")),
        "config.json": b"{}",
    },
    "missing-file/bad/pooling": _modules((f"{_SENTENCE}.Pooling", "1_Pooling")),
    "missing-file/good/shards": {**_index(*_SHARDS), **dict.fromkeys(_SHARDS, WEIGHTS)},
    "missing-file/good/code": {
        **_model(auto_map={"AutoModel": "modeling_own.OwnModel"}),
        "modeling_own.py": b"class OwnModel:\n    pass\n",
    },
}
