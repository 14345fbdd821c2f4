"""The verb inspect: look at what is pinned with the present checks, and let everybody know what was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.custody.revoking import Revoking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.core.outcome import InspectionOutcome
    from weighbridge.core.ports import Signer


class Examining(Revoking):
    """The verb by which findings of newer checks reach models that were approved before."""

    __slots__ = ()

    def inspect(
        self, asked: Sequence[str], *, key: str | None = None, again: bool = False
    ) -> tuple[InspectionOutcome, ...]:
        """Look at live pins with the present checks, and sign what was seen.

        What the present checks have looked at already is not looked at again, unless ``again``. Where approvals stand
        on a model, registry and remote learn of it: what is denied now loses its alias and its place in the checkpoint.

        Raises:
            IntegrityError: The bytes are not those of the pin; then nothing is inspected.
            SigningError: The key's owner may not sign inspections here.
        """
        signer = self.signer_for(key, self.policy.rules.inspected_by, "sign inspections")
        found: list[InspectionOutcome] = []
        for name in self.names(asked):
            with self.workspace.exclusive(name):
                for pin in self.signed(name):
                    self.store.verify(pin, self.progress)
                    found.append(self.shown(pin, changed=self.examined(pin, signer, again=again)))
                if any(item.changed for item in found if item.label == name):
                    self._tell(name, signer)
        return tuple(found)

    def _tell(self, name: str, signer: Signer) -> None:
        if any(event.attestation.statement.type == "approval" for event in self.record(name).events):
            self.show_heads(name)
            self._show_leaning([name])
            self.publish([name], signer)
