"""Names that the jobs share."""

from enum import Enum
from typing import Final

OWNER = "acme-shop"
RANKER: Final[str] = f"{OWNER}/ranker"
RANKER_REVISION = "b7e1d2c3f4a5968778695a4b3c2d1e0f12345678"
REPOSITORIES = {
    "titles": "acme-shop/title-encoder",
    "images": "google/siglip-base-patch16-224",
}


class Models(str, Enum):
    SPELLING = "oliverguhr/spelling-correction-english-base"
    LANGUAGE = "papluca/xlm-roberta-base-language-detection"


class Config:
    summariser = "sshleifer/distilbart-cnn-12-6"
    revision = "a4f8f3e"
    folder = "data/models/summariser"
