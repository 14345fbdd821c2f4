"""Programs that load or fetch models, and what names the model on their command lines: data alone.

One row a program; `weighbridge.references.arguments` reads argument lists with it. Options are compared without regard
to ``-`` or ``_`` within them. A row's source is the program's own manual.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from weighbridge.references.readers import Kind


@dataclass(frozen=True, slots=True)
class Program:
    """One way to start a program.

    Args:
        starts: Its name, and its subcommands; ``python -m MODULE`` is one name.
        rule: The id of the rule.
        kind: How the model's name is read.
        options: Options that name the model.
        position: Which argument names it, counted from 0 behind the subcommands; None if none does.
        is_every: Whether each later argument names one too.
        revision: Options that say the revision.
        code: Options that let code of the model's repository run.
        flags: Options without a value, as far as they stand before an argument.
        unless: Options with a value that tell that it is no model.
        also: Options for further models, each with the option for its revision.
    """

    starts: tuple[str, ...]
    rule: str
    kind: Kind = Kind.HUB
    options: tuple[str, ...] = ()
    position: int | None = None
    is_every: bool = False
    revision: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()
    unless: tuple[tuple[str, str], ...] = ()
    also: tuple[tuple[str, str], ...] = ()


ANY: Final = "any program"
"""Stands for the entrypoint of an image that can't be told."""
_TRUST = ("--trust-remote-code",)
_NOT_MODELS = (("--repo-type", "dataset"), ("--repo-type", "space"), ("--type", "dataset"), ("--type", "space"))
_HF_FLAGS = frozenset(
    {"--quiet", "-q", "--force-download", "--resume-download", "--dry-run", "--json", "--no-quiet", "--force"}
)
_TOKENIZER = (("--tokenizer", "--tokenizer-revision"),)
_VLLM_FLAGS = frozenset({"--trust-remote-code", "--enforce-eager", "-O3"})


def _hf(*starts: str) -> Program:
    return Program(
        starts, "hf-download", position=0, revision=("--revision",), flags=_HF_FLAGS, unless=_NOT_MODELS
    )  # https://huggingface.co/docs/huggingface_hub/guides/cli


def _vllm(*starts: str, position: int | None = None) -> Program:
    return Program(
        starts,
        "vllm",
        options=("--model",),
        position=position,
        revision=("--revision",),
        code=_TRUST,
        flags=_VLLM_FLAGS,
        also=(*_TOKENIZER, ("--speculative-model", "--speculative-model-revision"), ("--hf-config-path", "")),
    )  # https://docs.vllm.ai/en/latest/cli/


def _sglang(*starts: str) -> Program:
    return Program(
        starts,
        "sglang",
        options=("--model-path", "--model"),
        revision=("--revision",),
        code=_TRUST,
        also=(
            ("--tokenizer-path", ""),
            ("--speculative-draft-model-path", "--speculative-draft-model-revision"),
            ("--speculative-draft", ""),
        ),
    )  # https://docs.sglang.ai/advanced_features/server_arguments.html


def _tgi(*starts: str) -> Program:
    return Program(
        starts,
        "text-generation-inference",
        options=("--model-id",),
        revision=("--revision",),
        code=_TRUST,
        also=(("--tokenizer-name", ""), ("--tokenizer-config-path", "")),
    )  # https://huggingface.co/docs/text-generation-inference/reference/launcher


def _llama_cpp(name: str) -> Program:
    return Program(
        (name,),
        "llama-cpp",
        Kind.QUANTIZED,
        options=("-hf", "-hfr", "--hf-repo"),
        also=(("-hfd", ""), ("-hfrd", ""), ("--hf-repo-draft", ""), ("-hfv", ""), ("-hfrv", ""), ("--hf-repo-v", "")),
    )  # https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md


def _llama_cpp_link(name: str) -> Program:
    return Program((name,), "llama-cpp", Kind.LINK, options=("-mu", "--model-url"))


def _mlx(name: str) -> Program:
    return Program((name,), "mlx-lm", options=("--model", "--hf-path"), code=_TRUST, also=(("--draft-model", ""),))


def _mlflow(*starts: str) -> Program:
    return Program(starts, "mlflow-models", Kind.REGISTERED, options=("-m", "--model-uri", "--artifact-uri"))


def _clone(*starts: str) -> Program:
    return Program(
        starts,
        "git-clone",
        Kind.CLONE,
        position=0,
        revision=("--revision", "--branch", "-b"),
        flags=frozenset(
            {"--recursive", "--recurse-submodules", "--single-branch", "--bare", "--mirror", "-q", "--quiet"}
            | {"--no-checkout", "-n", "--progress", "-v", "--verbose", "--no-tags", "--sparse", "-l", "--local"}
        ),
    )  # https://git-scm.com/docs/git-clone


def _governed(command: str, *, is_every: bool) -> Program:
    return Program(
        ("weighbridge", command),
        "weighbridge",
        Kind.GOVERNED,
        position=0 if is_every else None,
        is_every=is_every,
        options=("--model",),
        flags=frozenset({"--json", "--quiet", "--paranoid", "--no-registry", "--yes", "--all"}),
    )


def _vendor_cli(*starts: str) -> Program:
    return Program(starts, "vendor-cli", Kind.LITELLM, options=("-m", "--model"))


_LLAMA_CPP: Final = ("llama-server", "llama-cli", "llama-run", "llama-mtmd-cli", "llama-embedding", "llama-bench")
_SCRIPT_OPTIONS: Final = (
    *("--model-name-or-path", "--pretrained-model-name-or-path", "--base-model", "--model-id", "--hf-model-id"),
    *("--pretrained-model", "--base-model-name-or-path", "--teacher-model-name-or-path", "--reward-model-path"),
)

_OWNED_OPTIONS: Final = ("--model", "--model-name", "--model-path", "--tokenizer", "--embedding-model", "--checkpoint")
"""Options of scripts that may mean anything: only a value with an owner counts."""

_SCRIPTS: Final = ((Kind.HUB, _SCRIPT_OPTIONS), (Kind.OWNED, _OWNED_OPTIONS))


def _script(name: str, kind: Kind, options: tuple[str, ...]) -> Program:
    revision = ("--model-revision", "--revision")
    return Program((name,), "script-option", kind, options, revision=revision, code=_TRUST)


PROGRAMS: Final[tuple[Program, ...]] = (
    _hf("hf", "download"),
    _hf("huggingface-cli", "download"),
    Program(("transformers-cli", "download"), "hf-download", position=0, revision=("--revision",), code=_TRUST),
    _hf("litgpt", "download"),
    Program(
        ("modelscope", "download"),
        "modelscope-download",
        Kind.MODELSCOPE,
        ("--model", "--model-id"),
        0,
        revision=("--revision",),
    ),
    _clone("git", "clone"),
    _clone("git", "lfs", "clone"),
    _clone("git", "submodule", "add"),
    Program(("ollama", "pull"), "ollama", Kind.OLLAMA, position=0, flags=frozenset({"--insecure"})),
    Program(
        ("ollama", "run"),
        "ollama",
        Kind.OLLAMA,
        position=0,
        flags=frozenset({"--verbose", "--insecure", "--nowordwrap", "--hidethinking"}),
    ),
    Program(("ramalama", "pull"), "ramalama", Kind.PLACE, position=0),
    Program(("ramalama", "run"), "ramalama", Kind.PLACE, position=0),
    Program(("ramalama", "serve"), "ramalama", Kind.PLACE, position=0),
    Program(("docker", "model", "pull"), "docker-model", Kind.IMAGE, position=0),
    Program(
        ("docker", "model", "run"),
        "docker-model",
        Kind.IMAGE,
        position=0,
        flags=frozenset({"-d", "--detach", "--debug"}),
    ),
    Program(("kit", "pull"), "kitops", Kind.IMAGE, position=0),
    Program(("kit", "unpack"), "kitops", Kind.IMAGE, position=0),
    Program(("wget",), "download", Kind.LINK, position=0, is_every=True),
    Program(("wget2",), "download", Kind.LINK, position=0, is_every=True),
    Program(("curl",), "download", Kind.LINK, position=0, is_every=True),
    Program(("aria2c",), "download", Kind.LINK, position=0, is_every=True),
    _vllm("vllm", "serve", position=0),
    _vllm("vllm", "run-batch"),
    _vllm("aphrodite", "run", position=0),
    *(_vllm("vllm", "bench", what) for what in ("latency", "throughput", "serve")),
    _vllm("python -m vllm.entrypoints.openai.api_server"),
    _vllm("python -m vllm.entrypoints.api_server"),
    _vllm("python -m vllm.entrypoints.openai.run_batch"),
    _tgi("text-generation-launcher"),
    _tgi("text-embeddings-router"),
    _tgi("lorax-launcher"),
    Program(
        ("text-generation-server", "download-weights"),
        "text-generation-inference",
        position=0,
        revision=("--revision",),
        code=_TRUST,
    ),
    Program(("infinity_emb", "v2"), "infinity", options=("--model-id",), revision=("--revision",), code=_TRUST),
    Program(("infinity_emb",), "infinity", options=("--model-name-or-path",), revision=("--revision",), code=_TRUST),
    _sglang("python -m sglang.launch_server"),
    _sglang("python -m sglang.bench_one_batch"),
    _sglang("python -m sglang.bench_offline_throughput"),
    _sglang("sglang", "serve"),
    Program(
        ("huggingfaceserver",),
        "kserve-huggingface",
        options=("--model-id",),
        revision=("--model-revision",),
        code=_TRUST,
        also=(("--tokenizer-id", "--tokenizer-revision"),),
    ),  # https://kserve.github.io/website/docs/model-serving/generative-inference/overview
    *map(_llama_cpp, _LLAMA_CPP),
    *map(_llama_cpp_link, _LLAMA_CPP),
    Program(("llamafile",), "llama-cpp", Kind.QUANTIZED, options=("-hf", "-hfr", "--hf-repo")),
    Program(("llamafile",), "llama-cpp", Kind.LINK, options=("-mu", "--model-url")),
    Program(("python -m llama_cpp.server",), "llama-cpp", options=("--hf-model-repo-id",)),
    *map(_mlx, ("mlx_lm.server", "mlx_lm.generate", "mlx_lm.chat", "mlx_lm.convert", "mlx_lm.lora", "mlx_lm.fuse")),
    Program(("transformers", "serve"), "transformers-serve", options=("--force-model",), position=0, code=_TRUST),
    Program(
        ("transformers", "chat"),
        "transformers-serve",
        options=("--model-name-or-path",),
        position=0,
        revision=("--model-revision",),
        code=_TRUST,
    ),
    Program(("transformers", "run"), "transformers-serve", options=("--model",), revision=("--revision",)),
    Program(
        ("optimum-cli", "export"),
        "optimum-export",
        options=("--model", "-m", "--model-name-or-path"),
        revision=("--revision",),
        code=_TRUST,
    ),
    Program(
        ("python -m optimum.exporters.onnx",),
        "optimum-export",
        options=("--model", "-m"),
        revision=("--revision",),
        code=_TRUST,
    ),
    Program(
        ("ct2-transformers-converter",), "ct2-convert", options=("--model",), revision=("--revision",), code=_TRUST
    ),
    Program(("lmdeploy", "serve", "api_server"), "lmdeploy", position=0, revision=("--revision",), code=_TRUST),
    Program(("lmdeploy", "chat"), "lmdeploy", position=0, revision=("--revision",), code=_TRUST),
    Program(
        ("trtllm-serve",),
        "trtllm-serve",
        position=0,
        revision=("--revision",),
        code=_TRUST,
        also=(("--tokenizer", ""),),
    ),
    Program(
        ("trtllm-serve", "serve"),
        "trtllm-serve",
        position=0,
        revision=("--revision",),
        code=_TRUST,
        also=(("--tokenizer", ""),),
    ),
    Program(
        ("python -m fastchat.serve.model_worker",), "fastchat", options=("--model-path",), revision=("--revision",)
    ),
    Program(("python -m fastchat.serve.vllm_worker",), "fastchat", options=("--model-path",), revision=("--revision",)),
    Program(("python -m fastchat.serve.cli",), "fastchat", options=("--model-path",), revision=("--revision",)),
    Program(("litellm",), "litellm", Kind.LITELLM, options=("--model", "-m")),
    *(_vendor_cli(*starts) for starts in (("llm",), ("llm", "chat"), ("llm", "prompt"), ("aider",))),
    *(
        _mlflow("mlflow", "models", what)
        for what in ("serve", "predict", "build-docker", "generate-dockerfile", "prepare-env")
    ),
    _mlflow("mlflow", "deployments", "create"),
    _mlflow("mlflow", "deployments", "update"),
    _mlflow("mlflow", "artifacts", "download"),
    _mlflow("mlflow", "sagemaker", "build-and-push-container"),
    Program(
        ("spacy", "download"),
        "spacy-download",
        Kind.SPACY,
        position=0,
        flags=frozenset({"--direct", "-D", "--sdist", "-S"}),
    ),
    Program(
        ("python -m spacy", "download"),
        "spacy-download",
        Kind.SPACY,
        position=0,
        flags=frozenset({"--direct", "-D", "--sdist", "-S"}),
    ),
    Program(("pip", "install"), "model-wheel", Kind.PACKAGE, position=0, is_every=True),
    Program(("pip", "download"), "model-wheel", Kind.PACKAGE, position=0, is_every=True),
    Program(("uv", "add"), "model-wheel", Kind.PACKAGE, position=0, is_every=True),
    Program(("poetry", "add"), "model-wheel", Kind.PACKAGE, position=0, is_every=True),
    *(_script(name, kind, options) for name in ("python", "autotrain", "guidellm", ANY) for kind, options in _SCRIPTS),
    Program(("lm_eval",), "lm-eval", Kind.MODEL_ARGS, options=("--model-args", "-a")),
    Program(("lm-eval",), "lm-eval", Kind.MODEL_ARGS, options=("--model-args", "-a")),
    Program(("python -m lm_eval",), "lm-eval", Kind.MODEL_ARGS, options=("--model-args", "-a")),
    Program(
        ("llamafactory-cli",), "script-option", options=_SCRIPT_OPTIONS, revision=("--model-revision",), code=_TRUST
    ),
    Program(("trl",), "script-option", options=_SCRIPT_OPTIONS, revision=("--model-revision",), code=_TRUST),
    *(_governed(name, is_every=True) for name in ("pull", "verify", "approve", "register", "request")),
    _governed("run", is_every=False),
)
"""All programs, the ones with more subcommands too; the longest that fits is meant."""

COPIERS: Final = (("aws", "s3", "cp"), ("gsutil", "cp"), ("gcloud", "storage", "cp"), ("azcopy", "copy"))
"""Copiers of object stores: a model only if the file is one by its name."""

NEEDLES: Final[tuple[bytes, ...]] = (
    *(b"hf ", b"huggingface", b"hf.co", b"modelscope", b"litgpt", b"ollama", b"ramalama", b"docker", b"podman"),
    *(
        b"kit ",
        b"wget",
        b"curl",
        b"aria2",
        b"vllm",
        b"model",
        b"infinity_emb",
        b"sglang",
        b"llama",
        b"mlx_lm",
        b"llm ",
        b"aider",
    ),
    *(b"transformers", b"optimum", b"ct2-", b"lmdeploy", b"trtllm", b"fastchat", b"mlflow", b"spacy", b"weighbridge"),
    *(b"safetensors", b".gguf", b".onnx", b".pt", b".ckpt", b"nvcr.io/nim", b"accelerate", b"python", b"trl ", b"eval"),
    *(b"aphrodite", b"autotrain", b"guidellm"),
)
"""A text in small letters without any of these names no model: it need not be parsed."""
