"""Fine-tune a classifier on support tickets.

Usage: python finetune.py --base-model microsoft/deberta-v3-small
"""

from __future__ import annotations

import argparse
import logging
import os

from datasets import load_dataset, load_from_disk
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BitsAndBytesConfig,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
    set_seed,
)

logger = logging.getLogger(__name__)

DEFAULT_BASE = "microsoft/deberta-v3-small"
TEACHER = "acme-ml/ticket-teacher"
TEACHER_REVISION = "5f2d9c1b7a3e4d6f8091a2b3c4d5e6f708192a3b"
DATA = "acme-ml/support-tickets"


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--base-model", default=DEFAULT_BASE, help="a repository such as roberta-base")
    parser.add_argument("--reranker", type=str, default="cross-encoder/ms-marco-MiniLM-L-6-v2")
    parser.add_argument("--output-dir", default="out/ticket-model")
    parser.add_argument("--adapter", required=True)
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    set_seed(7)
    raw = load_dataset(DATA, split="train")
    extra = load_dataset("glue", "sst2")
    cached = load_from_disk("data/tickets")
    config = AutoConfig.from_pretrained(args.base_model, num_labels=6)  # expect: hf-from-pretrained hf:microsoft/deberta-v3-small
    tokenizer = AutoTokenizer.from_pretrained(
        args.base_model,  # expect: hf-from-pretrained hf:microsoft/deberta-v3-small
        use_fast=True,
    )
    quantization = BitsAndBytesConfig(load_in_4bit=True)
    model = AutoModelForSequenceClassification.from_pretrained(
        args.base_model,  # expect: hf-from-pretrained hf:microsoft/deberta-v3-small
        config=config,
        quantization_config=quantization,
        trust_remote_code=False,
    )
    teacher = AutoModelForSequenceClassification.from_pretrained(TEACHER, revision=TEACHER_REVISION)  # expect: hf-from-pretrained hf:acme-ml/ticket-teacher@5f2d9c1b7a3e4d6f8091a2b3c4d5e6f708192a3b
    model = get_peft_model(model, LoraConfig(r=8, target_modules=["query_proj", "value_proj"]))
    adapter = PeftModel.from_pretrained(model, args.adapter)  # expect: hf-from-pretrained hf:?
    style = PeftModel.from_pretrained(model, "acme-ml/polite-lora", adapter_name="polite")  # expect: hf-from-pretrained hf:acme-ml/polite-lora
    adapter.load_adapter("out/ticket-model/adapter", adapter_name="own")

    def encode(row: dict) -> dict:
        return tokenizer(row["text"], truncation=True)

    training = TrainingArguments(
        output_dir=args.output_dir,
        hub_model_id="acme-ml/ticket-classifier",
        push_to_hub=bool(os.environ.get("PUSH")),
        metric_for_best_model="eval/f1",
    )
    trainer = Trainer(
        model=model,
        args=training,
        train_dataset=raw.map(encode),
        data_collator=DataCollatorWithPadding(tokenizer),
    )
    trainer.train(resume_from_checkpoint="out/ticket-model/checkpoint-500")
    trainer.save_model(args.output_dir)
    tokenizer.save_pretrained(args.output_dir)
    reloaded = AutoModelForSequenceClassification.from_pretrained("out/ticket-model/checkpoint-500")
    reloaded.push_to_hub("acme-ml/ticket-classifier")
    logger.info("%s %s %s %s", teacher, style, extra, cached)


if __name__ == "__main__":
    main()
