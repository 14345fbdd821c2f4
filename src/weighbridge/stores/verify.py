"""The whole verification of one pin: every name, every byte, every link and the pointer. It does not import DVC.

It says what is wrong and changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.core.errors import IntegrityError, UsageError
from weighbridge.stores import folder, pointer
from weighbridge.stores.faults import disk

if TYPE_CHECKING:
    from weighbridge.core.pin import Pin
    from weighbridge.core.ports import Progress
    from weighbridge.stores.layout import Layout
    from weighbridge.stores.seen import SeenFiles

ALGORITHMS = ("blake3", "sha256")


def pointer_fault(layout: Layout, pin: Pin) -> str | None:
    """What is wrong with a pin's pointer, in words; None if it names the pin's bytes.

    Raises:
        StoreError: The disk failed.
    """
    path = layout.pointer(pin)
    with disk("read the pointer"):
        if path.is_symlink():
            return "is a symbolic link"
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return "is missing"
        except IsADirectoryError:
            return "is a folder"
    return pointer.fault(pin, data)


def verify(
    layout: Layout,
    pin: Pin,
    progress: Progress,
    *,
    algorithm: str = "blake3",
    check_pointer: bool = False,
    seen: SeenFiles | None = None,
) -> None:
    """Compare everything; see `weighbridge.core.ports.Store.verify`.

    Raises:
        IntegrityError: Codes ``folder-missing``, ``pointer-edited`` (only the pointer is wrong), ``bytes-differ``.
        UsageError: No such algorithm.
        StoreError: The disk failed.
    """
    if algorithm not in ALGORITHMS:
        raise UsageError(f"can't verify with {algorithm!r}", code="bad-algorithm", hint="use blake3 or sha256")
    progress.begin(f"verify {pin.name}", pin.size)
    try:
        found = folder.faults(layout, pin, progress, algorithm=algorithm, seen=seen)
    finally:
        progress.end()
    problems = [str(fault) for fault in found]
    wrong = pointer_fault(layout, pin) if check_pointer else None
    if wrong:
        problems.append(f"pointer: {wrong}")
    if not problems:
        return
    gone = any(fault.path == "" and fault.missing for fault in found)
    code = "folder-missing" if gone else "bytes-differ" if found else "pointer-edited"
    shown = "; ".join(problems[:3]) + (f"; and {len(problems) - 3} more" if len(problems) > 3 else "")  # noqa: PLR2004 - a line that can be read
    raise IntegrityError(
        f"{pin.name} is not what was pinned: {shown}",
        code=code,
        hint=f"run: weighbridge pull {pin.name}",
        details={"name": pin.name, "digest": pin.digest, "problems": problems},
    )
