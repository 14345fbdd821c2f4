"""Attacks with a name: each one a change as the others are, told apart so that nobody need search for it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.tampering import envelopes
from tests.tampering.artefacts import BYTES_PROBES, MODELS, PUBLISHED, evidence_path
from tests.tampering.documents import canonical_json
from tests.tampering.mutation import ALL_PROBES, PROJECT_PROBES, STORE_PROBES, Mutation
from tests.tampering.world import CACHE, COLLIDER, COLLIDING, NAMES, PROJECT, REMOTE, TRUST
from weighbridge.core.approval import Approval
from weighbridge.core.attestation import Statement, Subject, open_envelope
from weighbridge.core.bundle import bundle_key, checkpoint_key
from weighbridge.core.checkpoint import Checkpoint, checkpoint_from
from weighbridge.core.digest import short
from weighbridge.core.lock import lock_text
from weighbridge.core.manifest import FileEntry
from weighbridge.wiring.clock import now

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.tampering.world import World
    from weighbridge.core.pin import Pin

Files = dict[str, bytes | None]


class Special:
    """The named attacks on a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __iter__(self) -> Iterator[Mutation]:
        yield from self.contents()
        yield from self.people()
        yield from self.replays()
        yield from self.envelopes()
        yield from self.checkpoints()
        yield from self.states()
        yield from self.rules()

    def _mutation(self, artefact: str, kind: str, files: Files, probes: frozenset[str] = PROJECT_PROBES) -> Mutation:
        return Mutation(f"named: {artefact}", kind, "", files, probes=probes)

    def _pin_id(self, name: str, number: int) -> str:
        digest = self.world.pins[name][number].digest
        found = [item for item in self.world.evidence[name] if item.statement.type == "pin"]
        return next(item.id for item in found if item.statement.subjects[0].digest == digest)

    def _leaves(self, name: str) -> tuple[str, ...]:
        every = self.world.evidence[name]
        named = {parent for item in every for parent in item.statement.parents[name]}
        return tuple(sorted(item.id for item in every if item.id not in named))

    def _place(self, name: str, envelope: bytes, kind: str = "approval") -> Files:
        return {evidence_path(name, kind, envelope): envelope}

    def _approval(self, *signers: str, **changes: Any) -> bytes:
        """An approval of delta for production, which one more person's would bring there."""
        pin = self.world.pins["delta"][0]
        body = Approval("production", {"delta": self._pin_id("delta", 0)}, self.world.policy.digest)
        statement = Statement(
            type="approval",
            project=self.world.policy.project,
            subjects=(Subject("delta", pin.digest),),
            issued_at=now(),
            parents={"delta": self._leaves("delta")},
            body=body.to_body(),
        )
        made = replace(statement, **changes)
        return envelopes.signed(made.to_bytes(), *[self.world.signer(label) for label in signers])

    def contents(self) -> Iterator[Mutation]:
        pin = self.world.pins["alpha"][1]
        md5 = next(file.md5 for file in pin.files if file.entry.path == COLLIDER)
        here = {f"{MODELS}/alpha/{short(item.digest)}/{COLLIDER}" for item in self.world.pins["alpha"]}
        cache, remote = (f"{root}/files/md5/{md5[:2]}/{md5[2:]}" for root in (CACHE, REMOTE))
        for where, paths in {
            "the cache": {cache},
            "the remote": {remote},
            "cache and remote": {cache, remote},
            "folder, cache and remote": here | {cache, remote},
        }.items():
            files: Files = dict.fromkeys(sorted(paths), COLLIDING[1])
            yield self._mutation("a file with the same MD5", f"in {where}", files, BYTES_PROBES)
        yield from self._swapped_hash(pin)

    def _swapped_hash(self, pin: Pin) -> Iterator[Mutation]:
        """The fast hash exchanged, so that other bytes would pass a load; signed by who added the model."""
        first, *rest = pin.files
        entry = FileEntry(first.entry.path, first.entry.size, first.entry.sha256, "0" * 64)
        other = replace(pin, files=(replace(first, entry=entry), *rest))
        statement = Statement(
            "pin",
            pin.project,
            (Subject("alpha", other.digest),),
            now(),
            {"alpha": self._leaves("alpha")},
            other.to_json(),
        )
        keeping = {**other.to_json(), "digest": pin.digest}
        lie = replace(statement, subjects=(Subject("alpha", pin.digest),), body=keeping)
        alice = self.world.signer("alice")
        honest, lying = (envelopes.signed(item.to_bytes(), alice) for item in (statement, lie))
        lock: Files = {f"{MODELS}/alpha/lock.json": lock_text([self.world.pins["alpha"][0], other]).encode()}
        what = "BLAKE3 swapped in the pin, signed again by the adder"
        yield self._mutation(what, "as another pin, also in the lock", self._place("alpha", honest, "pin") | lock)
        yield self._mutation(what, "under the old digest", self._place("alpha", lying, "pin"))
        old: Files = {f"{MODELS}/alpha/lock.json": self._old_digest(pin)}
        both = self._place("alpha", lying, "pin") | old
        yield self._mutation(what, "under the old digest, also in the lock", both)

    def _old_digest(self, pin: Pin) -> bytes:
        text = lock_text(self.world.pins["alpha"])
        return text.replace(pin.files[0].entry.blake3, "0" * 64).encode()

    def people(self) -> Iterator[Mutation]:
        what = "approved by whom it does not count of"
        for title, signers in {
            "the adder once more": ("alice",),
            "the adder with another key": ("alice-2",),
            "the adder with both keys": ("alice", "alice-2"),
            "the same approver again": ("bob",),
            "a machine": ("bot",),
            "a stranger": ("stranger",),
            "an approver and the adder in one envelope": ("bob", "alice"),
            "a stolen, revoked key": ("carol",),
            "a stolen, revoked key and the adder": ("carol", "alice"),
        }.items():
            yield self._mutation(what, title, self._place("delta", self._approval(*signers)))
        old = self.world.evidence["delta"][1]
        early = {"issued_at": old.statement.issued_at, "parents": {"delta": (old.id,)}}
        files = self._place("delta", self._approval("carol", **early))
        yield self._mutation("a stolen, revoked key dates back", "forked from before its end", files)
        files = self._place("delta", self._approval("carol", issued_at=old.statement.issued_at))
        yield self._mutation("a stolen, revoked key dates back", "on top of the newest evidence", files)
        for title, moment in {
            "in 2099": datetime(2099, 1, 1, tzinfo=UTC),
            "in ten minutes": now() + timedelta(minutes=10),
            "years before what it builds on": datetime(2001, 1, 1, tzinfo=UTC),
        }.items():
            files = self._place("delta", self._approval("carol-2", issued_at=moment))
            yield self._mutation("the missing approval, dated", title, files)

    def replays(self) -> Iterator[Mutation]:
        what = "an approval that counts, elsewhere"
        body = Approval("production", {"delta": self._pin_id("delta", 0)}, self.world.policy.digest)
        beta = self.world.pins["beta"][0].digest
        cases: dict[str, dict[str, Any]] = {
            "of another project": {"project": "elsewhere"},
            "for a stage where it was revoked meanwhile": {
                "body": replace(body, stage="staging").to_body(),
                "parents": {"delta": (self.world.evidence["delta"][1].id,)},
            },
            "for an unknown stage": {"body": replace(body, stage="nowhere").to_body()},
            "of another digest": {"subjects": (Subject("delta", beta),)},
            "naming another pin": {"body": replace(body, pins={"delta": self._pin_id("beta", 0)}).to_body()},
            "naming no pin of that model": {"body": replace(body, pins={}).to_body()},
            "of another name": {"subjects": (Subject("beta", beta),), "parents": {"beta": self._leaves("beta")}},
            "for a stage where it was revoked, without parents": {
                "body": replace(body, stage="staging").to_body(),
                "parents": {"delta": ()},
            },
            "that had ended": {"body": replace(body, until=now() - timedelta(days=1)).to_body()},
        }
        for title, changes in cases.items():
            yield self._mutation(what, title, self._place("delta", self._approval("carol-2", **changes)))
        both = [item for item in self.world.evidence["alpha"] if len(item.statement.parents) > 1]
        approval = next(item for item in both if item.statement.type == "approval")
        path = f"evidence/approval-{approval.id[:16]}.json"
        data = (self.world.base / MODELS / "alpha" / path).read_bytes()
        yield self._mutation("an approval moved to another model", "of two", {f"{MODELS}/gamma/{path}": data})
        moved: Files = {f"{MODELS}/alpha/{path}": None, f"{MODELS}/beta/{path}": data}
        yield self._mutation("an approval of two models", "taken away from one", moved)

    def envelopes(self) -> Iterator[Mutation]:
        good = self._approval("bob")
        row = json.loads(good)
        what = "an envelope"
        doubled = canonical_json({**row, "signatures": row["signatures"] * 2})
        yield self._mutation(what, "with two signatures of one key", self._place("delta", doubled))
        extra = canonical_json({**row, "note": "approved by the board"})
        yield self._mutation(what, "with an unsigned field", self._place("delta", extra))
        twice = good.replace(b'{"payload":', b'{"payload":"e30=","payload":', 1)
        yield self._mutation(what, "with a key that stands twice", self._place("delta", twice))
        payload = envelopes.payload(good)
        bob = self.world.signer("bob")
        for kind in (
            "https://weighbridge.dev/attestation/blessing/v1",
            "https://weighbridge.dev/attestation/approval/v2",
        ):
            unknown = envelopes.signed({**payload, "predicateType": kind}, bob)
            title = f"of the unknown type {'/'.join(kind.split('/')[-2:])}"
            yield self._mutation(what, title, self._place("delta", unknown))

    def _checkpoint(self, base: Path | None = None) -> Checkpoint:
        path = (base or self.world.base) / PUBLISHED / checkpoint_key(self.world.policy.project)
        return checkpoint_from(open_envelope(path.read_bytes(), {}, lambda *_: False).statement)

    def _said(self, said: Checkpoint, *signers: str) -> Files:
        made = envelopes.signed(said.to_statement().to_bytes(), *[self.world.signer(label) for label in signers])
        return {f"{PUBLISHED}/{checkpoint_key(self.world.policy.project)}": made}

    def checkpoints(self) -> Iterator[Mutation]:
        newest, old = self._checkpoint(), self._checkpoint(self.world.past["second"])
        long_ago = newest.issued_at - timedelta(days=400)
        made = {
            "with a lower number": (replace(newest, number=newest.number - 1), "bot"),
            "with the same number and other heads": (replace(newest, heads={**newest.heads, "beta": {}}), "bot"),
            "with a higher number, otherwise the same": (replace(newest, number=newest.number + 1), "alice-2"),
            "with a higher number and a head that is none": (
                replace(newest, number=newest.number + 1, heads={**newest.heads, "gamma": old.heads["gamma"]}),
                "alice",
            ),
            "of another project": (replace(newest, project="elsewhere"), "bot"),
            "that has expired": (replace(newest, issued_at=long_ago, expires=long_ago + timedelta(days=1)), "bot"),
            "dated in 2099": (replace(newest, issued_at=datetime(2099, 1, 1, tzinfo=UTC)), "bot"),
            "signed by a revoked key": (newest, "carol"),
            "signed by a stranger": (newest, "stranger"),
        }
        for title, (said, signer) in made.items():
            yield self._mutation("a checkpoint", title, self._said(said, signer), STORE_PROBES)
        past = self._published(self.world.past["second"])
        new = self._published(self.world.base)
        address = f"{PUBLISHED}/{checkpoint_key(self.world.policy.project)}"
        only: Files = {address: past[address]}
        yield self._mutation("mix and match", "old checkpoint, new bundles", only, STORE_PROBES)
        bundles: Files = {path: data for path, data in past.items() if path != address}
        yield self._mutation("mix and match", "new checkpoint, old bundles", bundles, STORE_PROBES)
        yield self._mutation("the published statements set back", "all of them", dict(past), STORE_PROBES)
        for title, number in (("the same", newest.number), ("a higher", newest.number + 1)):
            lie = bundles | self._said(replace(old, number=number, issued_at=now()), "alice")
            yield self._mutation(
                "the published statements set back by somebody trusted", f"with {title} number", lie, STORE_PROBES
            )
        assert past.keys() <= new.keys()

    def _published(self, base: Path) -> Files:
        folder = base / PUBLISHED / self.world.policy.project
        return {str(path.relative_to(base)): path.read_bytes() for path in sorted(folder.rglob("*.json"))}

    def states(self) -> Iterator[Mutation]:
        """The revocation taken away, and whole folders as they stood before."""
        revoked = self.world.evidence["gamma"][-1]
        name = f"revocation-{revoked.id[:16]}.json"
        yield self._mutation(
            "the newest revocation removed", "from the folder", {f"{MODELS}/gamma/evidence/{name}": None}
        )
        path = f"{PUBLISHED}/{bundle_key(PROJECT, 'gamma', self.world.pins['gamma'][0].digest)}"
        bundle = json.loads((self.world.base / path).read_bytes())
        text = (self.world.base / MODELS / "gamma" / "evidence" / name).read_text(encoding="utf-8")
        bundle["evidence"]["gamma"].remove(text)
        cut: Files = {path: canonical_json(bundle)}
        yield self._mutation("the newest revocation removed", "from the published bundle", cut, STORE_PROBES)
        earlier = self.world.evidence["delta"][3]
        inner: Files = {f"{MODELS}/delta/evidence/revocation-{earlier.id[:16]}.json": None}
        yield self._mutation("an earlier revocation removed", "from the folder", inner)
        yield self._mutation(
            "the project set back", "evidence and rules of an earlier day", self._set_back(NAMES), ALL_PROBES
        )

    def rules(self) -> Iterator[Mutation]:
        """What says whom to believe, or where to look, edited."""
        for path, artefact in ((f"{PROJECT}/weighbridge.toml", "weighbridge.toml"), (TRUST, "the trust file")):
            text = (self.world.base / path).read_text(encoding="utf-8")
            files: Files = {path: text.replace("approvals = 2", "approvals = 1").encode()}
            yield self._mutation(f"rules loosened in {artefact}", "one approval for two", files, ALL_PROBES)
        everywhere = "UPDATE model_versions SET {} = '/somewhere/else'"
        for column in ("source", "storage_location"):
            yield Mutation(
                "named: the registry names another place",
                f"as {column}",
                "",
                probes=frozenset({"trusted"}),
                registry=(everywhere.format(column),),
                locus=column,
            )

    def _set_back(self, names: Sequence[str]) -> Files:
        old, files = self.world.past["second"], dict[str, bytes | None]()
        for name in names:
            for path in sorted((self.world.base / MODELS / name / "evidence").glob("*.json")):
                key = str(path.relative_to(self.world.base))
                if not (old / key).exists():
                    files[key] = None
        return files
