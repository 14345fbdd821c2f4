"""Why a change may do no harm, and why a change can't be seen: the classes that the matrix sorts such rows into.

The second kind is also the table "What can't be seen from here, and who sees it" of docs/security-model.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.tampering.mutation import Mutation


@dataclass(frozen=True)
class Class:
    """Changes of one sort, by patterns of whole words.

    Args:
        id: Its name.
        artefact: What is changed.
        kind: How.
        locus: Where in the document.
        why: In one sentence.
    """

    id: str
    artefact: str
    kind: str
    locus: str
    why: str

    def holds(self, mutation: Mutation) -> bool:
        pairs = ((self.artefact, mutation.artefact), (self.kind, mutation.kind), (self.locus, mutation.locus))
        return all(re.fullmatch(pattern, text) for pattern, text in pairs)


_ANY = ".*"
_LAYOUT = "reformatted|comment added|file longer|list reordered"

BLIND = (
    Class("newest-removed", "evidence/.*, the newest", _ANY, _ANY, "a newest attestation leaves no gap in the folder"),
    Class("newest-removed", "named: the newest revocation removed", "from the folder", _ANY, "the same, by name"),
    Class("newest-removed", "named: the project set back", _ANY, _ANY, "every newer attestation is gone at once"),
    Class(
        "local-rules", "weighbridge.toml", _ANY, r"(policy|stages|people)(\..*)?", "the file itself says who is trusted"
    ),
    Class("local-rules", "weighbridge.toml", "file set back|file swapped|file longer", "", "the same, as a whole"),
    Class("local-rules", "named: rules loosened in weighbridge.toml", _ANY, _ANY, "the same, by name"),
    Class("trust-file", "trust file|named: rules loosened in the trust file", _ANY, _ANY, "trusted by definition"),
    Class("pipeline", "dvc.yaml", _ANY, _ANY, "commands for `dvc repro`, which Weighbridge never reads"),
    Class("store-set-back", "named: the published statements set back", _ANY, _ANY, "all of it was true once"),
    Class(
        "insider-statement", "named: .* by somebody trusted", _ANY, _ANY, "one trusted key signs the statement of heads"
    ),
    Class(
        "registry-elsewhere",
        "mlflow/version|named: the registry .*",
        _ANY,
        "source|storage_location",
        "MLflow goes where it says",
    ),
)

HARMLESS = (
    Class("layout", "weighbridge.toml|lock|pointer", _LAYOUT, _ANY, "comments, white space and order say nothing"),
    Class(
        "layout",
        "(published|exported) bundle.*",
        _LAYOUT,
        _ANY,
        "a bundle is not signed itself; parents order its evidence",
    ),
    Class(
        "said-twice", "(published|exported) bundle.*|checkpoint", "item twice.*", _ANY, "one attestation counts once"
    ),
    Class(
        "said-twice",
        "weighbridge.toml",
        "item twice",
        r"models\..*",
        "a pattern that stands twice matches the same files",
    ),
    Class(
        "intent",
        "weighbridge.toml",
        _ANY,
        r"models(\..*)?",
        "asked at the next add or update; the lock has what was pinned",
    ),
    Class("reader's-name", "weighbridge.toml", _ANY, r"people\.\w+\.name", "shown to readers, part of no rule"),
    Class(
        "reader's-note",
        "pointer",
        _ANY,
        r"(meta|added)(\..*)?|outs\.\[\]\.added",
        "what identifies bytes is compared, notes are not",
    ),
    Class(
        "unread-copy",
        "checkpoint|(published|exported) bundle.*",
        "file doubled",
        _ANY,
        "only the right key is ever asked for",
    ),
    Class(
        "unread-copy",
        "(cache|remote) .*object",
        "file doubled",
        _ANY,
        "only addresses of pinned bytes are ever asked for",
    ),
    Class(
        "unread-field",
        "published bundle.*",
        _ANY,
        "checkpoint",
        "beside a store's own checkpoint a bundle's is not read",
    ),
    Class(
        "trusted-statement",
        "checkpoint|named: a checkpoint",
        ".*(the adder|with a higher number).*",
        _ANY,
        "a trusted key says it again; what may run is decided by the evidence",
    ),
    Class(
        "second-source",
        "cache .*object|named: a file with the same MD5",
        _ANY,
        _ANY,
        "the folder has its own copy, and pull takes the good bytes from the remote",
    ),
    Class("second-source", "remote .*object", _ANY, _ANY, "the cache has them; who fetches compares every byte"),
    Class(
        "stock-dvc",
        "remote directory object",
        _ANY,
        _ANY,
        "stock DVC alone reads it, and verify compares what it linked",
    ),
    Class("same-evidence", "published bundle.*", "file swapped", _ANY, "the bundles of one model's pins say the same"),
    Class(
        "not-due", "mlflow/(model|version) of a revoked model", _ANY, _ANY, "what nobody approves of need not be shown"
    ),
    Class(
        "unread-column",
        "mlflow/.*",
        _ANY,
        r"workspace|creation_.*|creation_time|last_updated_.*|description|user_id|run_.*|status.*|storage_location",
        "Weighbridge reads neither times nor texts of the registry",
    ),
)


def blind_class(mutation: Mutation) -> str:
    """The class of what can't be seen that a change belongs to; empty if to none."""
    return next((item.id for item in BLIND if item.holds(mutation)), "")


def harmless_class(mutation: Mutation) -> str:
    """The class of harmless changes that a change belongs to; empty if to none."""
    return next((item.id for item in HARMLESS if item.holds(mutation)), "")
