"""Whether the DVC remote has every object of the pins of a merge, by names alone.

It is asked by the configuration that lies on the disk; whoever calls sees that this is the base's. Nothing is fetched.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from weighbridge.core.digest import short
from weighbridge.core.errors import WeighbridgeError
from weighbridge.core.merge import MergeFinding, refused, shown
from weighbridge.stores import localremote, settings
from weighbridge.stores.pointer import directory_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from weighbridge.core.pin import Pin
    from weighbridge.stores.remotes import Remotes
    from weighbridge.stores.settings import RemoteSettings

_PUSH: Final = "push it from a machine that has it: dvc push"


def object_findings(root: Path, models: str, pins: Iterable[Pin], remotes: Remotes) -> Iterator[MergeFinding]:
    """Pins whose bytes are not all in their remote, and remotes that can't be looked into.

    Args:
        root: The project's folder on the disk.
        models: The folder of the models in the repository, ending in ``/``.
        pins: The live pins of all models after the merge.
        remotes: Which DVC remote holds which model, as the base says.
    """
    by_remote: dict[str, list[Pin]] = defaultdict(list)
    places: dict[str, RemoteSettings] = {}
    for pin in pins:
        path = f"{models}{pin.name}/{short(pin.digest)}.dvc"
        try:
            place = remotes.settings(settings.read(root), pin)
        except WeighbridgeError as error:
            yield refused("remote-unknown", path, shown(error.message), error.hint)
            continue
        if place is None:
            yield refused("remote-unknown", path, "DVC has no remote for it", "add one: dvc remote add -d NAME URL")
            continue
        places[place.name] = place
        by_remote[place.name].append(pin)
    for name, held in by_remote.items():
        yield from _looked(root, models, places[name], held)


def _looked(root: Path, models: str, place: RemoteSettings, pins: Sequence[Pin]) -> Iterator[MergeFinding]:
    try:
        lacking = _lacking(root, place, pins)
    except WeighbridgeError as error:
        message = f"the DVC remote {place.name!r} can't be looked into: {shown(error.message)}"
        yield refused("remote-unknown", f"{models}{pins[0].name}", message, error.hint)
        return
    for pin in lacking:
        path = f"{models}{pin.name}/{short(pin.digest)}.dvc"
        message = f"the DVC remote {place.name!r} does not have all of {pin.name} {short(pin.digest)}"
        yield refused("remote-missing", path, message, f"{_PUSH} {path}")


def _lacking(root: Path, place: RemoteSettings, pins: Sequence[Pin]) -> list[Pin]:
    if place.folder is not None:
        return [pin for pin in pins if not localremote.has(place.folder, pin)]
    from weighbridge.stores.remote import Remote  # noqa: PLC0415 - imports DVC

    objects = {pin.digest: [directory_id(pin), *(file.md5 for file in pin.files)] for pin in pins}
    with Remote(root, place.name) as there:
        missing = set(there.lacking(sorted({md5 for group in objects.values() for md5 in group})))
    return [pin for pin in pins if not missing.isdisjoint(objects[pin.digest])]
