"""GGUF versions 2 and 3, little and big endian: metadata, tensor table and layout.

A file is the magic, two counts, key-value pairs, tensor infos, padding and the tensors' bytes. All sums
are done without a machine's word size, and each must also fit the 64 bits of the loaders: a product that
wraps there is CVE-2025-53630 and CVE-2026-27940 (llama.cpp), an offset or size beyond the file
CVE-2026-7482 (Ollama). Chat templates are extracted, never rendered (CVE-2024-34359).

Faults: `truncated`, `magic`, `version`, `count`, `key-name`, `duplicate-key`, `value-type`, `nesting`,
`bool-value`, `text`, `template`, `alignment`, `tensor-name`, `duplicate-tensor`, `tensor-shape`,
`tensor-type`, `tensor-size`, `tensor-offset`, `tensor-overlap`, `tensor-gap`, `tensor-beyond-file`,
`padding`, `trailing-bytes`, `limit`, `too-many-faults`.

Memory: kept text (`MAX_KEPT_BYTES`), one string being read (`MAX_STRING_BYTES`) and about 500 bytes a
tensor; arrays are counted, not kept, save short lists of strings. The padding between two tensors is
not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.formats.fault import Fault, Faults, StopError, quoted
from weighbridge.formats.gguf_layout import Tensor, check_layout, check_tensor
from weighbridge.formats.gguf_metadata import Entry, Metadata, Numbers
from weighbridge.formats.window import Readable, Window

if TYPE_CHECKING:
    from collections.abc import Iterable

MAGIC = b"GGUF"
MAX_ENTRIES = 65_536
MAX_TENSORS = 65_536
MAX_TENSOR_NAME_BYTES = 127
MAX_DIMENSIONS = 4
DEFAULT_ALIGNMENT = 32
MAX_ALIGNMENT = 65_536
SMALLEST_ENTRY_BYTES = 8 + 1 + 4 + 1
SMALLEST_TENSOR_BYTES = 8 + 4 + 4 + 8
_HEADER_BYTES = 24
_VERSIONS = (2, 3)
_TEMPLATE = "tokenizer.chat_template"


@dataclass(frozen=True, slots=True)
class GgufReport:
    """What a GGUF file says, and which rules it breaks.

    Args:
        version: The format's version.
        big_endian: Whether numbers are written with the highest byte first.
        alignment: What tensor offsets are multiples of, in bytes.
        entries: The metadata, in the file's order.
        tensors: The tensor table, in the file's order; offsets count from `data_offset`.
        data_offset: Where the tensors' bytes begin.
        complete: Whether all was read; if not, the lists above hold what came before.
        faults: The broken rules.
    """

    version: int
    big_endian: bool
    alignment: int
    entries: tuple[Entry, ...]
    tensors: tuple[Tensor, ...]
    data_offset: int
    complete: bool
    faults: tuple[Fault, ...]

    @property
    def templates(self) -> tuple[tuple[str, str], ...]:
        """The chat templates by key: the default one and the named ones."""
        return tuple(
            (entry.key, entry.value)
            for entry in self.entries
            if isinstance(entry.value, str) and (entry.key == _TEMPLATE or entry.key.startswith(_TEMPLATE + "."))
        )

    @property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """Every text of the metadata that was kept, by key; templates too, and each text of a kept list."""
        return tuple((entry.key, text) for entry in self.entries for text in _texts(entry))


def _texts(entry: Entry) -> Iterable[str]:
    if isinstance(entry.value, str):
        return (entry.value,)
    return entry.value if isinstance(entry.value, tuple) else ()


def parse(file: Readable, size_bytes: int) -> GgufReport:
    """Read the metadata of a GGUF file; an error of the file object itself passes through."""
    walk = _Walk(Window(file, size_bytes))
    complete = False
    try:
        walk.run()
        complete = True
    except StopError as error:
        walk.faults.stop(error)
    return GgufReport(
        walk.version,
        walk.numbers.big_endian,
        walk.alignment,
        tuple(walk.metadata.entries.values()),
        tuple(walk.tensors.values()),
        walk.data_offset,
        complete,
        walk.faults.all(),
    )


class _Walk:
    """One pass over the file's tables."""

    def __init__(self, window: Window) -> None:
        self.faults = Faults()
        self.numbers = Numbers(window)
        self.metadata = Metadata(self.numbers, self.faults)
        self.tensors: dict[str, Tensor] = {}
        self.version = 0
        self.alignment = DEFAULT_ALIGNMENT
        self.data_offset = 0
        self._size_bytes = window.size_bytes

    def run(self) -> None:
        """Read it all."""
        tensor_count, entry_count = self._header()
        for _ in range(entry_count):
            self.metadata.read_entry()
        self._set_alignment()
        for _ in range(tensor_count):
            self._read_tensor()
        self._find_data()
        check_layout(self.tensors.values(), self.alignment, self.data_offset, self._size_bytes, self.faults)

    def _header(self) -> tuple[int, int]:
        numbers = self.numbers
        if numbers.raw(4) != MAGIC:
            raise StopError("magic", "the file does not begin with GGUF", 0)
        version = numbers.number("I")
        if version & 0xFFFF == 0:
            version = int.from_bytes(version.to_bytes(4, "little"), "big")
            numbers.big_endian = True
        self.version = version
        if version not in _VERSIONS:
            raise StopError("version", f"version {version} is not one of 2 and 3", 4)
        tensors, entries = numbers.number("Q"), numbers.number("Q")
        room = self._size_bytes - _HEADER_BYTES
        if tensors > MAX_TENSORS or entries > MAX_ENTRIES:
            raise StopError("limit", f"{tensors} tensors and {entries} keys are more than are read", 8)
        if tensors * SMALLEST_TENSOR_BYTES + entries * SMALLEST_ENTRY_BYTES > room:
            raise StopError("count", f"{tensors} tensors and {entries} keys can't fit the file", 8)
        return tensors, entries

    def _set_alignment(self) -> None:
        entry = self.metadata.entries.get("general.alignment")
        if entry is None:
            return
        value = entry.value
        if entry.type != "uint32" or not isinstance(value, int):
            raise StopError("alignment", f"general.alignment is a {entry.type}, not a uint32", entry.offset)
        if value % 8 or value & (value - 1) or not 0 < value <= MAX_ALIGNMENT:
            raise StopError("alignment", f"an alignment of {value} is no power of two from 8 to 65536", entry.offset)
        self.alignment = value

    def _read_tensor(self) -> None:
        numbers = self.numbers
        start = numbers.at
        name = self._tensor_name(start)
        dimensions = numbers.number("I")
        if dimensions > MAX_DIMENSIONS:
            raise StopError("tensor-shape", f"tensor {quoted(name)} has {dimensions} dimensions", start)
        shape = tuple(numbers.number("Q") for _ in range(dimensions))
        tensor = Tensor(name, numbers.number("I"), shape, numbers.number("Q"), start)
        check_tensor(tensor, self.alignment, self.faults)
        if name in self.tensors:
            self.faults.add("duplicate-tensor", f"tensor {quoted(name)} stands twice", start)
        else:
            self.tensors[name] = tensor

    def _tensor_name(self, start: int) -> str:
        raw = self.numbers.text_bytes(MAX_TENSOR_NAME_BYTES, "tensor-name")
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise StopError("tensor-name", f"the tensor name {quoted(raw)} is not UTF-8", start) from None
        if not name or not name.isprintable():
            # Loaders compare names up to the first NUL.
            self.faults.add("tensor-name", f"the tensor name {quoted(name)} is empty or not printable", start)
        return name

    def _find_data(self) -> None:
        end = self.numbers.at
        self.data_offset = -(-end // self.alignment) * self.alignment
        if not self.tensors and self.data_offset > self._size_bytes:
            self.data_offset = self._size_bytes
        if any(self.numbers.window.take(end, self.data_offset - end)):
            self.faults.add("padding", "the padding before the tensors is not zero", end)
