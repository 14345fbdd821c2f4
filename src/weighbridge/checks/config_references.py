"""Keys that a loader follows into another repository, and those that are only a note of where a model came from.

``_name_or_path``, training arguments and model cards' ``base_model`` are notes: nothing follows them. timm's
``hf_hub_id`` and ``url`` are replaced by the loader with what it loads from. Both are left alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.checks.config_paths import LOADER_FILES
from weighbridge.checks.config_place import texts, truthy
from weighbridge.core.finding import Severity
from weighbridge.formats.fault import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.checks.config_place import Place

    Rule = Callable[[object, Place], None]

_NAMED: Final = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(?:/[\w.-]{1,96})?(?:@[\w./-]{1,96})?")
_TRAINING_NOTES: Final = re.compile(
    r"(?:.*(?:train|finetun|args|arguments|hparams|recipe|wandb|axolotl|mergekit|kohya|sweep|experiment)[^/]*|readme)\.\w{1,6}"
)
# What only a trainer's own settings hold, which no loader of the model reads.
_TRAINS: Final = frozenset(
    {"learning_rate", "lr", "lr_scheduler", "optimizer_type", "mixed_precision", "gradient_accumulation_steps"}
    | {"train_data_dir", "dataset_config", "dataset_name", "dataset_path", "datasets", "output_dir", "output_name"}
    | {"max_train_steps", "max_train_epochs", "num_train_epochs", "num_epochs", "train_batch_size", "logging_dir"}
    | {"per_device_train_batch_size", "report_to"}
)
_MACHINE: Final = re.compile(r"[/\\~]|[A-Za-z]:[/\\]")
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]{1,20}://", re.IGNORECASE)


def _named(value: object, place: Place) -> list[str]:
    """The texts of a value, or none of them in the notes of a training run and in nested configurations."""
    nested = isinstance(value, dict) or _TRAINING_NOTES.fullmatch(place.name)
    if nested or LOADER_FILES.fullmatch(place.name):
        return [] if nested else texts(value)
    trains = any(str(key).lower() in _TRAINS for key in place.parent)
    return [] if trains else [text for text in texts(value) if not _MACHINE.match(text)]


def followed(value: object, place: Place) -> None:
    """A key that the loader follows whatever it says; paths of the machine count, they lie outside the model too."""
    for text in _named(value, place):
        if text.strip() and text.strip() not in {".", "./", "none", "None"}:
            place.refer(text.strip(), f"makes the loader fetch {quoted(text.strip())}")


def repository(value: object, place: Place) -> None:
    """A key that often says something else: followed if it names a repository or an address."""
    for text in _named(value, place):
        plain = text.strip()
        if _URL.match(plain) or (_NAMED.fullmatch(plain) and plain.count("/") == 1):
            place.refer(plain, f"makes the loader fetch {quoted(plain)}")


def adapters(value: object, place: Place) -> None:
    """Adapters of a mixture (PEFT's X-LoRA) by name."""
    if isinstance(value, dict):
        repository([item for item in value.values() if isinstance(item, str)], place)


def backbone(value: object, place: Place) -> None:
    """A backbone whose weights are fetched; a bare name is one of timm's own, whose weights the model's replace.

    transformers asks a repository for its configuration even where the weights are not wanted.
    """
    pretrained = truthy(place.parent.get("use_pretrained_backbone"))
    if not isinstance(value, str) or not value.strip() or not (pretrained or "model_type" in place.parent):
        return
    if not pretrained and not (_NAMED.fullmatch(value) and value.count("/") == 1):
        return
    if "/" in value or _URL.match(value):
        place.refer(value, f"makes the loader fetch {quoted(value)}")
    else:
        message = f"'backbone' makes the loader fetch the weights of {quoted(value)} from timm"
        place.notes.add("foreign-reference", message, inside=place.subject.inside, severity=Severity.NOTE)


def overlay(value: object, place: Place) -> None:
    """timm: an overlay replaces where weights come from."""
    if isinstance(value, dict):
        for key in ("hf_hub_id", "url", "file"):
            if isinstance(value.get(key), str) and value[key]:
                place.refer(value[key], f"makes timm fetch {quoted(value[key])}")


def verifier(value: object, place: Place) -> None:
    """The large model that a speculating one works for; vLLM loads it by this name."""
    if isinstance(value, dict):
        followed(value.get("name_or_path"), place)
    elif isinstance(value, str):
        repository(value, place)


def gliner(value: object, place: Place) -> None:
    """GLiNER's encoder: fetched by name, and its code trusted, unless the file holds its configuration."""
    inline = place.parent.get("encoder_config" if place.key == "model_name" else f"{place.key}_config")
    if place.name == "gliner_config.json" and not isinstance(inline, dict):
        followed(value, place)


REFERENCES: Final[Mapping[str, Rule]] = {
    **dict.fromkeys(
        (
            *("base_model_name_or_path", "audio_tokenizer_name_or_path", "repo_or_path", "hf_tokenizer_name"),
            *("hf_model_name", "mm_vision_tower", "vision_tower", "mm_audio_encoder", "audio_tower_name_or_path"),
            *(
                "pretrained_model_name_or_path",
                "text_encoder_name_or_path",
                "vae_name_or_path",
                "draft_model_name_or_path",
            ),
            *("assistant_model_name_or_path", "tokenizer_repo", "weights_repo", "checkpoint_repo", "code_repo"),
        ),
        followed,
    ),
    **dict.fromkeys(
        (
            *("assistant_model", "draft_model", "speculative_model", "speculator", "assistant_tokenizer"),
            *("text_encoder", "image_encoder", "tokenizer_name_or_path", "vision_tower_name", "prompt_encoder_hub_id"),
            *("pretrained_model_name", "pretrained_vae_model_name_or_path", "text_tokenizer", "audio_tokenizer"),
            *("vision_encoder", "model_repo", "repo_id", "hub_model_id_to_load", "hub_id", "tfhub_handle", "tfhub_url"),
            *(
                "repo_path",
                "weights_url",
                "checkpoint_url",
                "model_weights_url",
                "pretrained_weights",
                "encoder_hub_id",
            ),
        ),
        repository,
    ),
    "adapters": adapters,
    **dict.fromkeys(("model_name", "labels_encoder"), gliner),
    "backbone": backbone,
    "pretrained_cfg_overlay": overlay,
    "verifier": verifier,
    "speculative_config": verifier,
}
"""Rules by key, in lower case and with underscores for hyphens."""
