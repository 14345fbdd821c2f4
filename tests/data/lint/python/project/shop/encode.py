"""Vectors for titles and pictures."""

import shop
from sentence_transformers import SentenceTransformer
from transformers import AutoModel, AutoProcessor

from . import DEFAULT_ENCODER, constants
from .constants import RANKER, RANKER_REVISION, REPOSITORIES
from .constants import Config as Settings

text = SentenceTransformer(DEFAULT_ENCODER)  # expect: sentence-transformers hf:intfloat/multilingual-e5-small
text_again = SentenceTransformer(shop.DEFAULT_ENCODER)  # expect: sentence-transformers hf:intfloat/multilingual-e5-small
titles = AutoModel.from_pretrained(REPOSITORIES["titles"])  # expect: hf-from-pretrained hf:acme-shop/title-encoder
images = AutoModel.from_pretrained(constants.REPOSITORIES["images"])  # expect: hf-from-pretrained hf:google/siglip-base-patch16-224
ranker = AutoModel.from_pretrained(RANKER, revision=RANKER_REVISION)  # expect: hf-from-pretrained hf:acme-shop/ranker@b7e1d2c3f4a5968778695a4b3c2d1e0f12345678
processor = AutoProcessor.from_pretrained(constants.RANKER)  # expect: hf-from-pretrained hf:acme-shop/ranker
summary = AutoModel.from_pretrained(Settings.summariser, revision=Settings.revision)  # expect: hf-from-pretrained hf:sshleifer/distilbart-cnn-12-6@a4f8f3e
local = AutoModel.from_pretrained(Settings.folder)
spelling = AutoModel.from_pretrained(constants.Models.SPELLING.value)  # expect: hf-from-pretrained hf:oliverguhr/spelling-correction-english-base
