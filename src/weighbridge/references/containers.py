"""A container: what its image starts with these arguments, and whether the image itself is a model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.core.mention import Mention
from weighbridge.references.arguments import Place, Word, mentions
from weighbridge.references.readers import Kind, named
from weighbridge.references.serving_images import entrypoint, is_model_image
from weighbridge.references.wrappers import started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

RULE = "model-image"


def of_image(image: Word, place: Place) -> list[Mention]:
    """The model that an image is; none for most images.

    Args:
        image: Its reference.
        place: The file.
    """
    found = []
    for text in image.texts:
        known = named(Kind.IMAGE, text) if is_model_image(text) else None
        if known is not None:
            mention = Mention(place.spot(image), RULE, "image", known.scheme, known.model, known.revision)
            found.append(replace(mention, is_open=known.is_open))
    return found


def in_container(
    image: Word | None,
    command: Word | Sequence[Word] | None,
    arguments: Sequence[Word],
    place: Place,
    script: Callable[[Word], Iterable[Mention]],
) -> list[Mention]:
    """The models that a container names.

    Args:
        image: Its image; None if it is not known.
        command: What stands in the place of the image's own entrypoint, if anything.
        arguments: The arguments.
        place: The file.
        script: Reads a text for a shell.
    """
    found = of_image(image, place) if image is not None else []
    words = [command] if isinstance(command, Word) else list(command or ())
    if words and words[0].text.startswith("-"):
        # Options alone are the entrypoint's, wherever they stand.
        words, arguments = [], [*words, *arguments]
    first = arguments[0].text if arguments else ""
    if not words and image is not None and not _starts_program(first):
        starts = entrypoint(image.text)
        words = [Word((text,), image.line, image.column) for text in starts]
    words += arguments
    begun = started(words)
    for each in begun.scripts:
        found += script(each)
    if begun.words:
        found += mentions(begun.words, place)
    return found


def _starts_program(text: str) -> bool:
    """Whether an image's arguments bring their own program, as for images whose entrypoint hands on."""
    return text.rpartition("/")[2] in {"sh", "bash", "python", "python3", "vllm", "sglang", "huggingface-cli", "hf"}
