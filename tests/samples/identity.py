"""Names of files that read like others."""

from __future__ import annotations

from tests.samples.weights import SAFETENSORS

_TEXT = b"hello\n"

SAMPLES: dict[str, dict[str, bytes]] = {
    "unsafe-name/bad/device": {"config.json": b"{}", "CON.txt": _TEXT},
    "unsafe-name/bad/stream": {"config.json": b"{}", "config.json:more": _TEXT},
    "unsafe-name/bad/backslash": {"parts\\..\\..\\notes.txt": _TEXT},
    "unsafe-name/bad/dot": {"notes.txt.": _TEXT},
    "unsafe-name/bad/control": {"no\x07tes.txt": _TEXT},
    "unsafe-name/bad/long": {f"{'n' * 300}.txt": _TEXT},
    "unsafe-name/good/ordinary": {"config.json": b"{}", "onnx/model-q4_k_m (1).txt": _TEXT, "console.txt": _TEXT},
    "unsafe-name/good/other-scripts": {"\u6a21\u578b.txt": _TEXT, "r\u00e9sum\u00e9.txt": _TEXT},
    "confusable-name/bad/case": {"model.safetensors": SAFETENSORS, "Model.safetensors": SAFETENSORS},
    "confusable-name/bad/cyrillic": {"c\u043enfig.txt": _TEXT},
    "confusable-name/bad/composed": {"caf\u00e9.txt": _TEXT, "cafe\u0301.txt": _TEXT},
    "confusable-name/bad/invisible": {"notes\u200b.txt": _TEXT},
    "confusable-name/bad/bidi": {"notes\u202etxt.md": _TEXT},
    "confusable-name/bad/full-width": {"\uff4dodel.txt": _TEXT},
    "confusable-name/bad/twins": {"\u0441\u043e\u0441.txt": _TEXT},
    "confusable-name/good/ordinary": {"model.safetensors": SAFETENSORS, "README.md": b"# A\n", "model_O1.txt": _TEXT},
    "confusable-name/good/other-scripts": {
        "\u043c\u043e\u0434\u0435\u043b\u044c.txt": _TEXT,
        "\u6a21\u578b.txt": _TEXT,
        "r\u00e9sum\u00e9.txt": _TEXT,
        "model_\u03b1.txt": _TEXT,
    },
}
