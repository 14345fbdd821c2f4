"""ONNX: a model file's protobuf, walked over without loading any tensor.

Faults: of the wire `truncated`, `varint`, `field-number`, `wire-type`, `group`, `packed`, `nesting`,
`duplicate-field`, `unknown-field`, `limit`, `too-many-faults`; of the model `text`, `duplicate-key`,
`ir-version`, `graph`, `opset`, `node`, `function`, `dimension`; of tensors `tensor-shape`, `tensor-type`,
`tensor-segment`, `tensor-location`, `tensor-data`, `tensor-size`, `external-key`, `external-location`,
`external-number`, `external-length`, `external-checksum`. Bytes after the model
are read as more fields of it, as every protobuf reader does, and end in one of the faults of the wire.

Not done: types are not inferred, operators not looked up, external files not opened. Custom domains,
training information and functions are listed; whether they may pass is for a check to say.

Memory: kept texts and values (128 MiB counted), one chunk of the file; at most 8 million fields.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from weighbridge.formats.fault import Fault, Faults, StopError, quoted
from weighbridge.formats.onnx_schema import IR_VERSIONS, STANDARD_DOMAINS, TABLE
from weighbridge.formats.onnx_tensor import ExternalData, check_tensor
from weighbridge.formats.protobuf import Message, Walk
from weighbridge.formats.window import Readable, Window

MAX_OPERATORS = 20_000
MAX_LISTED = 100_000
MAX_DIMENSION_BYTES = 2_000
_FIRST_WITH_OPSETS = 3
_CALL: Final = re.compile(rb"(?:\b([A-Za-z_]\w*)|[)])\s*\(")
_NO_ARITHMETIC: Final = re.compile(rb"['\"\[\]{}:=#\\;@`]")
_ARITHMETIC: Final = frozenset(
    b"abs ceil ceiling ceildiv floor floordiv floortoint identity int max min mod piecewise pow pythonmod round sqrt "
    b"truediv truncdiv truncate where".split()
)
"""Functions of symbolic dimensions, as exporters write them."""


@dataclass(frozen=True, slots=True)
class OnnxReport:
    """What an ONNX file says, and which rules it breaks.

    Args:
        ir_version: The version of the format.
        model_version: The model's own version.
        producer: The name and version of the program that wrote it.
        domain: The model's own name space.
        doc_string: Its description.
        opsets: The imported operator sets, domain and version, also those of functions.
        metadata: The `metadata_props`.
        operators: Domain, operator and how many nodes use it, over all graphs and functions.
        functions: Domain, name and overload of the functions that the model brings along.
        graphs: The number of graphs: the main one, subgraphs of nodes, training graphs.
        nodes: The number of nodes in all of them.
        tensors: The number of tensors in all of them.
        external: The tensors whose bytes lie in other files.
        trainings: The number of `training_info` entries.
        unknown_fields: Message, field number and count of fields that the format doesn't have.
        depth: How deep messages were nested.
        complete: Whether all was read; if not, the lists above hold what came before.
        faults: The broken rules.
    """

    ir_version: int
    model_version: int
    producer: tuple[str, str]
    domain: str
    doc_string: str
    opsets: tuple[tuple[str, int], ...]
    metadata: tuple[tuple[str, str], ...]
    operators: tuple[tuple[str, str, int], ...]
    functions: tuple[tuple[str, str, str], ...]
    graphs: int
    nodes: int
    tensors: int
    external: tuple[ExternalData, ...]
    trainings: int
    unknown_fields: tuple[tuple[str, int, int], ...]
    depth: int
    complete: bool
    faults: tuple[Fault, ...]

    @property
    def custom_domains(self) -> tuple[str, ...]:
        """Every domain in use that ONNX itself does not define, sorted: a loader needs other code for it.

        A domain whose operators are all functions of the model is among them.
        """
        used = {domain for domain, _ in self.opsets} | {domain for domain, _, _ in self.operators}
        return tuple(sorted(used - STANDARD_DOMAINS))

    @property
    def locations(self) -> tuple[str, ...]:
        """The paths of external data, sorted: each must be a regular file of the model, no link."""
        return tuple(sorted({each.location for each in self.external}))


def parse(file: Readable, size_bytes: int) -> OnnxReport:
    """Walk over an ONNX file; an error of the file object itself passes through."""
    faults = Faults()
    reader = _Reader(faults)
    table = {
        "Pair": reader.pair,
        "OperatorSet": reader.operator_set,
        "Node": reader.node,
        "Function": reader.function,
        "Tensor": reader.tensor,
        "Graph": reader.graph,
        "Dimension": reader.dimension,
        "Model": reader.model,
    }
    walk = Walk(Window(file, size_bytes), TABLE, table, faults)
    complete = False
    try:
        walk.run("Model")
        complete = True
    except StopError as error:
        faults.stop(error)
    return reader.report(walk, complete=complete)


class _Reader:
    """Takes each message at its end."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._operators: Counter[tuple[str, str]] = Counter()
        self._opsets: dict[tuple[str, int], None] = {}
        self._metadata: dict[str, str] = {}
        self._functions: dict[tuple[str, str, str], None] = {}
        self._external: list[ExternalData] = []
        self._pairs: list[tuple[bytes, bytes]] = []
        self._model_domains: set[str] = set()
        self._graphs = self._nodes = self._tensors = 0

    def report(self, walk: Walk, *, complete: bool) -> OnnxReport:
        """All that was taken."""
        model = walk.root
        return OnnxReport(
            model.number("ir_version"),
            model.number("model_version"),
            (_plain(model, "producer_name"), _plain(model, "producer_version")),
            _plain(model, "domain"),
            _plain(model, "doc_string"),
            tuple(self._opsets),
            tuple(self._metadata.items()),
            tuple((domain, name, count) for (domain, name), count in sorted(self._operators.items())),
            tuple(self._functions),
            self._graphs,
            self._nodes,
            self._tensors,
            tuple(self._external),
            model.counts.get("training_info", 0),
            tuple((kind, number, count) for (kind, number), count in sorted(walk.unknown.items())),
            walk.deepest,
            complete,
            self._faults.all(),
        )

    def pair(self, pair: Message, parent: Message | None) -> None:
        """A key and value: of the model's metadata, or of a tensor's external data."""
        if parent is not None and parent.kind == "Tensor":
            self._pairs.append((pair.text("key"), pair.text("value")))
            return
        key = self._text(pair, "key")
        if key in self._metadata:
            self._faults.add("duplicate-key", f"the key {quoted(key)} stands twice", pair.at)
        self._metadata[key] = self._text(pair, "value")

    def operator_set(self, entry: Message, parent: Message | None) -> None:
        """An imported operator set."""
        domain, version = self._text(entry, "domain"), entry.number("version")
        if version < 0:
            self._faults.add("opset", f"the operator set {quoted(domain)} has the version {version}", entry.at)
        if parent is not None and parent.kind == "Model":
            if domain in self._model_domains:
                self._faults.add("opset", f"the operator set {quoted(domain)} stands twice", entry.at)
            self._model_domains.add(domain)
        self._opsets[domain, version] = None

    def node(self, node: Message, parent: Message | None) -> None:  # noqa: ARG002 - one shape for all
        """A node."""
        self._nodes += 1
        name = self._text(node, "op_type")
        if not name:
            self._faults.add("node", "a node names no operator", node.at)
        self._operators[self._text(node, "domain"), name] += 1
        if len(self._operators) > MAX_OPERATORS:
            raise StopError("limit", f"there are more than {MAX_OPERATORS} operators", node.at)

    def function(self, function: Message, parent: Message | None) -> None:  # noqa: ARG002 - one shape for all
        """A function that the model brings along."""
        key = (self._text(function, "domain"), self._text(function, "name"), self._text(function, "overload"))
        if not key[1] or key in self._functions:
            self._faults.add("function", f"the function {quoted(key[1])} has no name or stands twice", function.at)
        self._functions[key] = None
        if len(self._functions) > MAX_OPERATORS:
            raise StopError("limit", f"there are more than {MAX_OPERATORS} functions", function.at)

    def tensor(self, tensor: Message, parent: Message | None) -> None:  # noqa: ARG002 - one shape for all
        """A tensor, in an initializer or an attribute."""
        self._tensors += 1
        pairs, self._pairs = self._pairs, []
        external = check_tensor(tensor, pairs, self._faults)
        if external is not None:
            self._external.append(external)
            if len(self._external) > MAX_LISTED:
                raise StopError("limit", f"there are more than {MAX_LISTED} external tensors", tensor.at)

    def graph(self, graph: Message, parent: Message | None) -> None:  # noqa: ARG002 - one shape for all
        """Any graph."""
        self._graphs += 1

    def dimension(self, dimension: Message, parent: Message | None) -> None:  # noqa: ARG002 - one shape for all
        """A dimension of a shape."""
        name = dimension.text("dim_param")
        if _calls(name):
            message = f"the dimension {quoted(name)} is no sum of names: optimum evaluates it as Python"
            self._faults.add("dimension", message, dimension.at)

    def model(self, model: Message, parent: Message | None) -> None:  # noqa: ARG002 - one shape for all
        """The model itself, at its end."""
        for name in ("producer_name", "producer_version", "domain", "doc_string"):
            self._text(model, name)
        version = model.number("ir_version")
        if version not in IR_VERSIONS:
            self._faults.add("ir-version", f"the IR version {version} is missing or unknown", 0)
        if not model.counts.get("graph"):
            self._faults.add("graph", "the model has no graph", 0)
        if not self._model_domains and version >= _FIRST_WITH_OPSETS:
            self._faults.add("opset", "the model imports no operator set", 0)

    def _text(self, message: Message, name: str) -> str:
        raw = message.text(name)
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            self._faults.add("text", f"{name} of {message.kind} is not UTF-8: {quoted(raw)}", message.at)
            return raw.decode("utf-8", "replace")


def _calls(name: bytes) -> bool:
    """Whether a dimension's name, taken as Python, calls anything but arithmetic."""
    called = _CALL.findall(name)
    other = any(each.lower() not in _ARITHMETIC for each in called) or _NO_ARITHMETIC.search(name) is not None
    return len(name) > MAX_DIMENSION_BYTES or (bool(called) and other)


def _plain(message: Message, name: str) -> str:
    return message.text(name).decode("utf-8", "replace")
