"""What the Hub's own scanners said: a sample's `.source.json` holds the metadata that the model came with."""

from __future__ import annotations

import json

_BAD = {
    "unsafe": {"complete": True, "files": {"weights.txt": "unsafe"}},
    "unsafe-among-others": {"complete": False, "files": {"README.md": "safe", "weights.txt": "unsafe"}},
    "more-than-recorded": {"complete": True, "files": {}, "omitted": 3},
}
_GOOD = {
    "nothing": {"complete": True, "files": {}},
    "safe": {"complete": True, "files": {"weights.txt": "safe"}},
}


def _model(security: object) -> dict[str, bytes]:
    origin = {"source": "hf:acme-research-lab/tiny", "metadata": {"licence": "mit", "security": security}}
    return {"weights.txt": b"0.1 0.2\n", ".source.json": json.dumps(origin).encode() + b"\n"}


SAMPLES = {
    **{f"hub-verdict/bad/{case}": _model(said) for case, said in _BAD.items()},
    **{f"hub-verdict/good/{case}": _model(said) for case, said in _GOOD.items()},
}
