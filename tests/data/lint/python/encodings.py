# -*- coding: utf-8 -*-
"""Ümläute und Zeichen, die breiter sind als ein Byte: die Spalten zählen Zeichen."""

from transformers import AutoModel

überschrift = "Modelle 模型"; modell = AutoModel.from_pretrained("acme-ml/umlaut")  # expect: hf-from-pretrained hf:acme-ml/umlaut
名前 = "acme-ml/kanji-name"
モデル = AutoModel.from_pretrained(名前)  # expect: hf-from-pretrained hf:acme-ml/kanji-name
roh = AutoModel.from_pretrained(r"acme-ml/raw")  # expect: hf-from-pretrained hf:acme-ml/raw
mehrzeilig = AutoModel.from_pretrained("""acme-ml/triple""")  # expect: hf-from-pretrained hf:acme-ml/triple
escaped = AutoModel.from_pretrained("acme\x2dml/escaped")  # expect: hf-from-pretrained hf:acme-ml/escaped
bytes_are_no_name = len(b"acme-ml/bytes")
