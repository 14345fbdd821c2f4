"""Every artefact of the world and every change of it, in an order that does not depend on the keys."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import TYPE_CHECKING

from tests.tampering import envelopes, registry
from tests.tampering.documents import READERS, WRITERS, canonical_json, pool, variations
from tests.tampering.files import flips, of_file
from tests.tampering.mutation import (
    ALL_PROBES,
    BUNDLE_PROBES,
    PROJECT_PROBES,
    STORE_PROBES,
    Mutation,
)
from tests.tampering.world import BUNDLES, CACHE, COMPANIONS, EXPORTED, NAMES, PROJECT, REMOTE, TRUST
from weighbridge.core.bundle import bundle_key, checkpoint_key
from weighbridge.core.digest import short
from weighbridge.stores.pointer import directory_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.tampering.world import World
    from weighbridge.core.attestation import Attestation
    from weighbridge.core.pin import Pin
    from weighbridge.core.ports import Signer

Files = dict[str, bytes | None]

MODELS = f"{PROJECT}/models"
PUBLISHED = f"{REMOTE}/weighbridge"
BYTES_PROBES = ALL_PROBES | {"pull"}


def evidence_path(name: str, kind: str, envelope: bytes) -> str:
    return f"{MODELS}/{name}/evidence/{kind}-{hashlib.sha256(envelope).hexdigest()[:16]}.json"


class Artefacts:
    """What there is to be changed.

    Args:
        world: The untouched world.
    """

    def __init__(self, world: World) -> None:
        self.world = world

    def __iter__(self) -> Iterator[Mutation]:
        yield from self.settings()
        yield from self.locks_and_pointers()
        yield from self.evidence()
        yield from self.published()
        yield from self.exported()
        yield from self.bytes()
        yield from registry.mutations(self.world)

    @cached_property
    def _signers(self) -> dict[str, Signer]:
        return {"a stranger": self.world.signer("stranger"), "the adder": self.world.signer("alice")}

    def _read(self, path: str) -> bytes:
        return (self.world.base / path).read_bytes()

    def _document(
        self,
        artefact: str,
        path: str,
        form: str,
        siblings: list[str],
        probes: frozenset[str],
        twin: str = "",
        label: str = "",
    ) -> Iterator[Mutation]:
        """Leaves first, then the whole file."""
        label = label or path.rpartition("/")[2]
        values = [READERS[form](self._read(item)) for item in siblings or [path]]
        value = READERS[form](self._read(path))
        for item in variations(value, pool(values)):
            data = {path: WRITERS[form](item.value)}
            yield Mutation(artefact, item.kind, f"{label} {item.where}", data, probes=probes, locus=item.locus)
        comment = b"# looks nicer\n" if form != "json" else b"\n\n"
        for kind, text in (("reformatted", WRITERS[form](value)), ("comment added", self._read(path) + comment)):
            yield Mutation(artefact, kind, label, {path: text}, probes=probes)
        folder = path.rpartition("/")[0]
        twin = twin or f"{folder}/copy-of-{path.rpartition('/')[2]}"
        for kind, files in of_file(self.world.base, path, self.world.past, siblings, twin):
            yield Mutation(artefact, kind, label, files, probes=probes)

    def settings(self) -> Iterator[Mutation]:
        yield from self._document("weighbridge.toml", f"{PROJECT}/weighbridge.toml", "toml", [], PROJECT_PROBES)
        yield from self._document("trust file", TRUST, "toml", [], ALL_PROBES)
        yield from self._document("dvc.yaml", f"{MODELS}/dvc.yaml", "yaml", [], PROJECT_PROBES)

    def locks_and_pointers(self) -> Iterator[Mutation]:
        locks = [f"{MODELS}/{name}/lock.json" for name in NAMES]
        for name, path in zip(NAMES, locks, strict=True):
            for mutation in self._document("lock", path, "json", locks, PROJECT_PROBES, label=name):
                yield _about(mutation, COMPANIONS[name])
        pointers = {
            f"{name} {number}": f"{MODELS}/{name}/{short(pin.digest)}.dvc"
            for name in NAMES
            for number, pin in enumerate(self.world.pins[name])
        }
        for label, path in pointers.items():
            for mutation in self._document(
                "pointer", path, "yaml", list(pointers.values()), PROJECT_PROBES, label=label
            ):
                yield _about(mutation, COMPANIONS[label.split()[0]])

    def evidence(self) -> Iterator[Mutation]:
        """Each file; and the leaves of one of each kind: by type, number of models, and whether it is the newest."""
        by_type: dict[str, list[bytes]] = {}
        for name in NAMES:
            for item in self.world.evidence[name]:
                by_type.setdefault(item.statement.type, []).append(self._envelope(name, item))
        done: set[tuple[object, ...]] = set()
        for name in NAMES:
            for number, item in enumerate(self.world.evidence[name]):
                label = f"{name} {number}"
                yield from self._evidence_file(name, item, label)
                alike = (item.statement.type, len(item.statement.parents), self._is_leaf(name, item))
                if alike not in done:
                    done.add(alike)
                    yield from self._evidence_leaves(name, item, label, by_type[item.statement.type])

    def _envelope(self, name: str, item: Attestation) -> bytes:
        return self._read(f"{MODELS}/{name}/evidence/{item.statement.type}-{item.id[:16]}.json")

    def _evidence_file(self, name: str, item: Attestation, label: str) -> Iterator[Mutation]:
        kind = item.statement.type
        path = f"{MODELS}/{name}/evidence/{kind}-{item.id[:16]}.json"
        siblings = [
            f"{MODELS}/{name}/evidence/{other.statement.type}-{other.id[:16]}.json"
            for other in self.world.evidence[name]
            if other.statement.type == kind
        ]
        twin = f"{MODELS}/{name}/evidence/{kind}-{'0' * 16}.json"
        for change, files in of_file(self.world.base, path, self.world.past, siblings, twin):
            yield self._of_evidence(kind, change, label, files, (name,), leaf=self._is_leaf(name, item))
        for other in NAMES:
            if other not in item.statement.parents:
                moved: Files = {f"{MODELS}/{other}/evidence/{path.rpartition('/')[2]}": self._read(path)}
                yield self._of_evidence(
                    kind, "file copied to another model", f"{label} to {other}", moved, (name, other)
                )

    def _is_leaf(self, name: str, item: Attestation) -> bool:
        return all(item.id not in other.statement.parents[name] for other in self.world.evidence[name])

    def _evidence_leaves(self, name: str, item: Attestation, label: str, alike: list[bytes]) -> Iterator[Mutation]:
        kind, envelope = item.statement.type, self._envelope(name, item)
        where = sorted(item.statement.parents)
        old: Files = {f"{MODELS}/{each}/evidence/{kind}-{item.id[:16]}.json": None for each in where}
        leaf = any(self._is_leaf(each, item) for each in where)
        for variation, by, made in envelopes.changed(envelope, envelopes.statements_pool(alike), self._signers):
            new: Files = {evidence_path(each, _kind_of(made, kind), made): made for each in where}
            filings: dict[str, Files] = {"in its place": old | new, "beside it": new}
            for filing, files in filings.items():
                if made == envelope or (filing == "beside it" and by == envelopes.LEFT):
                    continue
                yield self._of_evidence(
                    kind,
                    f"{variation.kind}, {by}, {filing}",
                    f"{label} {variation.where}",
                    files,
                    tuple(where),
                    leaf=leaf and filing == "in its place",
                    locus=variation.locus,
                )

    def _of_evidence(
        self,
        kind: str,
        change: str,
        where: str,
        files: Mapping[str, bytes | None],
        names: tuple[str, ...],
        *,
        leaf: bool = False,
        locus: str = "",
    ) -> Mutation:
        asked = tuple(sorted({other for name in names for other in COMPANIONS[name]}))
        what = f"{kind}, the newest" if leaf else kind
        return Mutation(f"evidence/{what}", change, where, files, asked, PROJECT_PROBES, locus=locus)

    def published(self) -> Iterator[Mutation]:
        project = self.world.policy.project
        path = f"{PUBLISHED}/{checkpoint_key(project)}"
        envelope = self._read(path)
        plausible = envelopes.statements_pool(
            [envelope, *[(past / path).read_bytes() for past in self.world.past.values()]]
        )
        for item, by, made in envelopes.changed(envelope, plausible, self._signers):
            kind = f"{item.kind}, {by}"
            yield Mutation("checkpoint", kind, item.where, {path: made}, probes=STORE_PROBES, locus=item.locus)
        others = [self._bundle_path("alpha", self.world.pins["alpha"][1])]
        for kind, files in of_file(self.world.base, path, self.world.past, others, f"{path}.old"):
            yield Mutation("checkpoint", kind, "whole", files, probes=STORE_PROBES)
        paths = {
            f"{name} {number}": self._bundle_path(name, pin)
            for name in NAMES
            for number, pin in enumerate(self.world.pins[name])
        }
        for label, each in paths.items():
            name, former = label.split()[0], label == "alpha 0"
            artefact = "published bundle of a former pin" if former else "published bundle"
            for mutation in self._bundle(artefact, each, label, list(paths.values()), STORE_PROBES):
                yield _about(mutation, COMPANIONS[name])

    def _bundle_path(self, name: str, pin: Pin) -> str:
        return f"{PUBLISHED}/{bundle_key(self.world.policy.project, name, pin.digest)}"

    def exported(self) -> Iterator[Mutation]:
        paths = [f"{BUNDLES}/{name}.json" for name in EXPORTED]
        for path in paths:
            label = path.rpartition("/")[2].removesuffix(".json")
            yield from self._bundle("exported bundle", path, label, paths, BUNDLE_PROBES)
            yield from self._bundle_statements(path, label)

    def _bundle_statements(self, path: str, label: str) -> Iterator[Mutation]:
        """The statements inside a bundle, decoded and changed; replaced in the document where they stood."""
        document = json.loads(self._read(path))
        inside = [("checkpoint", document["checkpoint"])]
        inside += [(name, text) for name, texts in document["evidence"].items() for text in texts]
        seen: dict[str, int] = {}
        for name, text in inside:
            kind = _kind_of(text.encode(), "")
            seen[kind] = seen.get(kind, 0) + 1
            if seen[kind] > 1:
                continue
            for item, by, made in envelopes.changed(text.encode(), {}, {"a stranger": self._signers["a stranger"]}):
                changed = json.dumps(document).replace(json.dumps(text), json.dumps(made.decode("utf-8")))
                yield Mutation(
                    f"exported bundle/{kind}",
                    f"{item.kind}, {by}",
                    f"{label} {name} {item.where}",
                    {path: changed.encode()},
                    probes=BUNDLE_PROBES,
                    locus=item.locus,
                )

    def _bundle(
        self, artefact: str, path: str, label: str, siblings: list[str], probes: frozenset[str]
    ) -> Iterator[Mutation]:
        document = json.loads(self._read(path))
        for item in variations(document, {}):
            where = f"{label} {item.where}"
            data = {path: canonical_json(item.value)}
            yield Mutation(artefact, item.kind, where, data, probes=probes, locus=item.locus)
        yield Mutation(artefact, "reformatted", label, {path: json.dumps(document, indent=1).encode()}, probes=probes)
        for kind, files in of_file(self.world.base, path, self.world.past, siblings, f"{path}.copy.json"):
            yield Mutation(artefact, kind, label, files, probes=probes)

    def bytes(self) -> Iterator[Mutation]:
        for name in NAMES:
            for number, pin in enumerate(self.world.pins[name]):
                for file in pin.files:
                    here = f"{MODELS}/{name}/{short(pin.digest)}/{file.entry.path}"
                    yield from self._file_of_model(name, f"{name} {number} {file.entry.path}", here, file.md5)
                yield from self._objects(name, f"{name} {number} directory", directory_id(pin), "directory object")

    def _file_of_model(self, name: str, label: str, path: str, md5: str) -> Iterator[Mutation]:
        data = self._read(path)
        sibling = f"{path.rpartition('/')[0]}/config.json"
        for kind, files in of_file(self.world.base, path, {}, [sibling], f"{path}.copy"):
            yield _about(Mutation("model file", kind, label, files, probes=BYTES_PROBES), COMPANIONS[name])
        linked = f"{CACHE}/files/md5/{md5[:2]}/{md5[2:]}"
        for kind, files in flips(path, data, also=linked):
            what = "model file through its link to the cache"
            yield _about(Mutation(what, kind, label, files, probes=BYTES_PROBES), COMPANIONS[name])
        yield from self._objects(name, label, md5, "object")

    def _objects(self, name: str, label: str, md5: str, what: str) -> Iterator[Mutation]:
        for place, where in (("cache", f"{CACHE}/files/md5"), ("remote", f"{REMOTE}/files/md5")):
            path = f"{where}/{md5[:2]}/{md5[2:]}"
            for kind, files in of_file(self.world.base, path, {}, [], f"{where}/{md5[:2]}/{'0' * 30}"):
                mutation = Mutation(f"{place} {what}", kind, label, files, probes=BYTES_PROBES)
                yield _about(mutation, COMPANIONS[name])


def _about(mutation: Mutation, names: tuple[str, ...]) -> Mutation:
    return Mutation(
        mutation.artefact,
        mutation.kind,
        mutation.where,
        mutation.files,
        names,
        mutation.probes,
        mutation.registry,
        mutation.locus,
    )


def _kind_of(envelope: bytes, fallback: str) -> str:
    """The type that an envelope says it has."""
    try:
        kind = str(envelopes.payload(envelope)["predicateType"]).split("/")[-2]
    except (ValueError, KeyError, IndexError, TypeError):
        return fallback
    return kind if kind.replace("-", "").isalpha() else fallback
