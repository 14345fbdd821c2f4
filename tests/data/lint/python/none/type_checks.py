from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from transformers import AutoModel

Name = Literal["acme/one", "acme/two"]


def names() -> list[Name]:
    return ["acme/one", "acme/two"]


def use(model: "AutoModel") -> str:
    return type(model).__name__
