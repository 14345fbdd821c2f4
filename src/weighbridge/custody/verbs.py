"""All the verbs. Programs that only load models need `weighbridge.custody.loading` alone, which starts sooner."""

from __future__ import annotations

from weighbridge.custody.auditing import Auditing


class Custody(Auditing):
    """The verbs over one project; see `weighbridge.custody.ground.Ground` for what it is made of."""

    __slots__ = ()
