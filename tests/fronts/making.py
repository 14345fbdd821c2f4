"""Make tiny models with the real frameworks, the same at every run: ``python making.py FOLDER``.

A program of its own: only the environment of `make fronts` has the frameworks. Each model is a folder, as its publisher
would upload it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

WORDS = ("a", "approved", "byte", "can", "gate", "hello", "no", "one", "only", "pass", "the", "weigh", "what", "yes")
# Every element type that safetensors and torch both have.
DTYPES = (
    *("bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"),
    *("float8_e5m2", "float8_e4m3fn", "float8_e5m2fnuz", "float8_e4m3fnuz", "float8_e8m0fnu"),
    *("bfloat16", "float16", "float32", "float64", "complex64"),
)
TEMPLATE = "{% for message in messages %}{{ message['content'] }} {% endfor %}"
HUBCONF = '''"""A tiny network."""
dependencies = ["torch"]


def tiny(**kwargs):
    """The network with its weights, which lie beside this file."""
    import os

    import torch

    network = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Tanh())
    weights = os.path.join(os.path.dirname(__file__), "weights.pth")
    network.load_state_dict(torch.load(weights, weights_only=True))
    return network.eval()
'''


def tokenizer(folder: Path, *, bert: bool) -> Any:
    """A tokenizer of a few words."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    special = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
    made = Tokenizer(models.WordLevel({word: at for at, word in enumerate((*special, *WORDS))}, unk_token="[UNK]"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    if bert:
        ends = [("[CLS]", 2), ("[SEP]", 3)]
        made.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    named = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    fast = PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=64, **named)
    if not bert:
        fast.chat_template = TEMPLATE
    fast.save_pretrained(folder)
    return fast


def llama(folder: Path) -> None:
    """A LLaMA that writes words."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(1)
    size = len(tokenizer(folder, bert=False))
    config = LlamaConfig(
        vocab_size=size,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=64,
        bos_token_id=2,
        eos_token_id=3,
        pad_token_id=0,
    )
    LlamaForCausalLM(config).save_pretrained(folder)


def bert(folder: Path) -> Any:
    """The settings of a tiny BERT, and its tokenizer."""
    from transformers import BertConfig

    size = len(tokenizer(folder, bert=True))
    return BertConfig(
        vocab_size=size,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        id2label={0: "light", 1: "heavy"},
        label2id={"light": 0, "heavy": 1},
    )


def classifier(folder: Path) -> None:
    """A BERT that tells light from heavy."""
    import torch
    from transformers import BertForSequenceClassification

    torch.manual_seed(2)
    BertForSequenceClassification(bert(folder)).save_pretrained(folder)


def sentences(folder: Path) -> None:
    """A model of sentence-transformers."""
    import tempfile

    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertModel

    torch.manual_seed(3)
    with tempfile.TemporaryDirectory() as place:
        BertModel(bert(Path(place))).save_pretrained(place)
        inner = Transformer(place)
        SentenceTransformer(modules=[inner, Pooling(16)]).save(str(folder), create_model_card=False)


def onnx(folder: Path) -> None:
    """A small network in ONNX."""
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weights = np.random.default_rng(4).normal(size=(4, 3)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 3])],
        [numpy_helper.from_array(weights, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, folder / "model.onnx")


def torch_hub(folder: Path) -> None:
    """A repository for torch.hub: its code, and weights beside it."""
    import torch

    torch.manual_seed(5)
    network = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Tanh())
    torch.save(network.state_dict(), folder / "weights.pth")
    (folder / "hubconf.py").write_text(HUBCONF, encoding="utf-8")


def numbers(folder: Path) -> None:
    """Weights of every element type, and a small network's as safetensors and as torch saves them itself."""
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(6)
    some = torch.rand(3, 4) * 6
    found = {kind: some.to(getattr(torch, kind)) for kind in DTYPES}
    save_file({**found, "one": torch.tensor(2.5), "none": torch.empty(0, 4)}, folder / "every.safetensors")
    network = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Linear(3, 2, dtype=torch.bfloat16))
    save_file(network.state_dict(), folder / "network.safetensors")
    torch.save(network.state_dict(), folder / "pytorch_model.bin")


MODELS = {
    "llama": llama,
    "classifier": classifier,
    "sentences": sentences,
    "onnx": onnx,
    "torchhub": torch_hub,
    "numbers": numbers,
}

if __name__ == "__main__":
    for name, make in MODELS.items():
        target = Path(sys.argv[1]) / name
        target.mkdir(parents=True)
        make(target)
