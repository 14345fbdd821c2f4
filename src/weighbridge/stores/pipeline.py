"""``models/dvc.yaml``: the stages that put validation and registration behind the pointers.

`dvc dag --md` draws pointer, validate, register; `dvc repro` runs them. DVC's templates can't expand a list, so that
every model has as many slots as the model with most live pins, the last pin filling the rest: a dependency named twice
is one edge. What a team wrote beside these two stages stays, comments too.
"""

from __future__ import annotations

import io
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from weighbridge import durable
from weighbridge.core.digest import short
from weighbridge.core.errors import ConfigError
from weighbridge.stores.faults import disk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.core.pin import Pin
    from weighbridge.stores.layout import Layout

REPORT = "validation.json"


def pipeline_stages(items: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The two stages behind the pointers.

    Args:
        items: The short digests of each model's live pins, by name.
    """
    live = {name: sorted(digests) for name, digests in sorted(items.items()) if digests}
    slots = range(max((len(digests) for digests in live.values()), default=0))
    pins = {
        name: {f"pin{slot + 1}": f"{name}/{digests[min(slot, len(digests) - 1)]}" for slot in slots}
        for name, digests in live.items()
    }
    validate = {
        "foreach": pins,
        "do": {
            "cmd": f"weighbridge verify ${{key}} --report ${{key}}/{REPORT}",
            "always_changed": True,
            "deps": [f"${{item.pin{slot + 1}}}" for slot in slots],
            "outs": [{f"${{key}}/{REPORT}": {"cache": False}}],
        },
    }
    register = {
        "foreach": list(live),
        "do": {"cmd": "weighbridge register ${item}", "deps": [f"${{item}}/{REPORT}"]},
    }
    return {"validate": validate, "register": register}


def pipeline_text(items: Mapping[str, Sequence[str]], present: str = "") -> str:
    """The text of ``models/dvc.yaml``.

    Args:
        items: The short digests of each model's live pins, by name.
        present: The file's text as it is now; empty if there is none.

    Raises:
        ConfigError: The present text is not a DVC pipeline.
    """
    from ruamel.yaml import YAML  # noqa: PLC0415 - takes a tenth of a second
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415 - the same

    yaml = YAML()
    yaml.width = 4096
    try:
        document = yaml.load(present) if present else None
    except YAMLError as error:
        raise ConfigError(
            f"models/dvc.yaml is not YAML: {error}", code="dvc-pipeline", hint="correct it by hand"
        ) from error
    document = {} if document is None else document
    stages = document.setdefault("stages", {}) if isinstance(document, dict) else None
    if not isinstance(stages, dict):
        raise ConfigError("models/dvc.yaml is not a DVC pipeline", code="dvc-pipeline", hint="correct it by hand")
    stages.update(pipeline_stages(items))
    if not any(items.values()):
        del stages["validate"], stages["register"]
        if not stages:
            del document["stages"]
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


def write(layout: Layout, pins: Sequence[Pin]) -> bool:
    """Write ``models/dvc.yaml`` for exactly these live pins of all models; True if it changed.

    Raises:
        ConfigError: The present file is not a DVC pipeline.
        StoreError: The disk failed.
    """
    items: dict[str, list[str]] = defaultdict(list)
    for pin in pins:
        items[pin.name].append(short(pin.digest))
    path = layout.models / "dvc.yaml"
    with layout.lock(), disk("write the pipeline"):
        present = path.read_text(encoding="utf-8") if path.exists() else ""
        if not items and not present:
            return False
        text = pipeline_text(items, present)
        durable.make_folder(layout.models)
        if text.strip() in {"", "{}"}:
            return durable.remove(path)
        return durable.replace(path, text.encode(), scratch=layout.scratch)
