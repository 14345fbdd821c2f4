"""The catalogue: every check by its id, what it is about, how much it weighs and how its finding is mended.

Ids are stable: waivers, policies and docs/checks.md name them. Checks that look at bytes live in `weighbridge.checks`;
this table decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from weighbridge.core.finding import Severity


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of finding.

    Args:
        id: Kebab case.
        title: What is wrong, in a few words.
        severity: What its findings weigh unless the check says otherwise.
        fix: The next step.
        lowest: The least that a policy may make of it; `unexamined` can't be lowered at all.
    """

    id: str
    title: str
    severity: Severity
    fix: str
    lowest: Severity = Severity.DENY


_SAFETENSORS = "ask the publisher for safetensors, or convert the weights in a sandbox and pin the result"
_AGAIN = "fetch the file again; if it stays so, it is not a file of its format: do not use it"

_DENY = (
    ("format-unsupported", "a format that is not examined here", _SAFETENSORS),
    ("format-mismatch", "a name that contradicts the content", "do not use it: the name promises another format"),
    ("special-file", "a link, device or socket in place of a file", "replace it by a regular file"),
    ("unsafe-name", "a name that some systems read as another file, or not at all", "rename the file, or leave it out"),
    ("lfs-pointer", "a Git LFS pointer in place of the file", "fetch the real file: git lfs pull, or add from the hub"),
    ("safetensors-structure", "a safetensors file that breaks its format", _AGAIN),
    ("gguf-structure", "a GGUF file that breaks its format", _AGAIN),
    ("onnx-structure", "an ONNX file that breaks its format", _AGAIN),
    ("onnx-external-data", "tensors outside the ONNX file that are not plain files of the model", _AGAIN),
    ("zip-structure", "a zip archive that can be read in two ways", _AGAIN),
    ("archive-structure", "an archive that breaks its format, or hides something", _AGAIN),
    ("pickle-structure", "a pickle that loaders and scanners read differently", _SAFETENSORS),
    ("pickle-globals", "a pickle that imports or calls what is not on the allow-list", _SAFETENSORS),
    ("torch-storage", "tensors that do not fit their storage", _AGAIN),
    ("numpy-structure", "a NumPy file that breaks its format", _AGAIN),
    ("numpy-objects", "an array of objects: a pickle", "save the array with a numeric type and allow_pickle=False"),
    ("keras-structure", "a Keras file that breaks its format", _AGAIN),
    ("keras-code", "a Keras layer that holds or imports code", "ask for a model of built-in layers alone"),
    ("sentencepiece-structure", "a sentencepiece model that breaks its format", _AGAIN),
    (
        "image-structure",
        "an image or a sound that breaks its format, or carries something behind it",
        "leave it out: --exclude",
    ),
    ("text-structure", "text that breaks its format, or that readers understand differently", _AGAIN),
    (
        "remote-code",
        "configuration that makes the loader run code",
        "use a model that the library supports itself, or review the code and set remote_code or a waiver",
    ),
    (
        "python-code",
        "program code among the files",
        "leave it out with --exclude, or review it and waive it for this very file",
    ),
    (
        "foreign-reference",
        "configuration that reaches into another repository",
        "pin the other repository too and make the reference local",
    ),
    ("path-traversal", "a path that leaves the model's folder", "do not use it: no honest tool writes such a path"),
    ("template-ssti", "a chat template that reaches beyond its data", "do not use it; report it to the publisher"),
    ("dangerous-config", "a setting that weakens the loader or starts something", "remove the setting, or waive it"),
    ("dangerous-requirement", "a requirement that installs from an unnamed place", "name packages by version alone"),
    ("embedded-payload", "code or encoded data where only numbers or prose belong", "do not use it; report it"),
    ("hub-verdict", "the hub's own scanners call the file unsafe", "read the hub's report; do not use the file"),
)
_TUNABLE = (
    ("template-suspicious", "a chat template with a trigger or an address", Severity.DENY, "compare it with upstream"),
    ("confusable-name", "a file name that reads like another", Severity.DENY, "rename the file"),
    ("confusable-owner", "an owner that reads like a known one", Severity.DENY, "check whom you meant to trust"),
    ("licence-mismatch", "licence text and card contradict each other", Severity.DENY, "ask the publisher which holds"),
    ("licence-unknown", "no licence, or none that is known", Severity.WARN, "ask the publisher; note the answer"),
    ("licence-obligations", "what the licence asks of its users", Severity.NOTE, "see that you meet them"),
    ("credential", "a credential", Severity.WARN, "tell its owner to revoke it"),
    ("network-address", "a hard-coded address where none belongs", Severity.WARN, "see what would contact it"),
    ("onnx-custom-operator", "an operator that only foreign code provides", Severity.WARN, "review what provides it"),
    ("missing-file", "a file that the model names and that is not here", Severity.WARN, "add it, or the whole model"),
    ("template-differs", "two chat templates of one model differ", Severity.WARN, "approve the one that is used"),
    ("loader-vulnerability", "a loader with a known vulnerability", Severity.WARN, "upgrade the loader as said"),
)
_UNEXAMINED = (
    ("not-inspected", "the file could not be examined", "see the message; a waiver needs a person who examined it"),
    ("scanner-missing", "a scanner that is required is not installed", "install it, or drop it from the policy"),
    ("scanner-failed", "a scanner crashed, skipped the file or did not finish", "run it by hand and see why"),
)

CATALOGUE: Final[dict[str, Check]] = {
    check.id: check
    for check in (
        *(Check(id_, title, Severity.DENY, fix) for id_, title, fix in _DENY),
        Check("scanner-finding", "another scanner calls the file unsafe", Severity.DENY, _SAFETENSORS),
        *(Check(id_, title, severity, fix, Severity.NOTE) for id_, title, severity, fix in _TUNABLE),
        *(Check(id_, title, Severity.UNEXAMINED, fix, Severity.UNEXAMINED) for id_, title, fix in _UNEXAMINED),
    )
}
