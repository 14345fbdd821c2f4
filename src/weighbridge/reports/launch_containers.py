"""The launch of an approved model in containers: a project of Docker Compose, or a Deployment of Kubernetes.

In both, a first container fetches the model and verifies every byte against the signed evidence, under a trust file
that is mounted read-only. Only when that succeeded does the server start, with the folder mounted read-only. The server
knows neither the store nor its credentials. The bytes are named by digest: where a stage moves on, the first container
refuses with `superseded`, unless the stage allows earlier heads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.core.digest import short
from weighbridge.reports.launch import EVERYWHERE, HERE, Launch, commented, line, no_expansion, no_expansion_of
from weighbridge.reports.yaml_text import document

if TYPE_CHECKING:
    from weighbridge.core.canonical import Json

_MODELS = "/models"
_SEEN = "/seen"
# In Kubernetes an emptyDir is everybody's to write, where no evidence may be remembered; /tmp has the sticky bit.
_SEEN_IN_POD = "/tmp/weighbridge"  # noqa: S108  of a container of its own
_STORE = "/weighbridge/store"
_TRUST_FOLDER = "/etc/weighbridge"
_TRUST = f"{_TRUST_FOLDER}/trust.toml"
_TRUST_NAME, _STORE_NAME = "weighbridge-trust", "weighbridge-store"
_CONFINED: dict[str, Json] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
}
_MAX_LABEL = 50
"""Of the 63 characters of a DNS label (RFC 1123), so that a suffix has room."""


@dataclass(frozen=True, slots=True)
class Images:
    """What runs.

    Args:
        server: The image with the server, by digest.
        fetcher: The image with Weighbridge, by digest; it may be the same.
    """

    server: str
    fetcher: str


@dataclass(frozen=True, slots=True)
class Address:
    """Where the bytes come from.

    Args:
        text: A folder's absolute path, or a URL.
        is_folder: Whether it is a folder.
    """

    text: str
    is_folder: bool


def model_folder(launch: Launch) -> str:
    """Where the containers find the model: another digest is another folder."""
    return f"{_MODELS}/{launch.pin.name}-{short(launch.pin.digest)}"


def server_command(launch: Launch) -> list[str]:
    """The words of the server in its container."""
    return launch.command(model_folder(launch), EVERYWHERE)


def _fetch(launch: Launch) -> list[Json]:
    return [*no_expansion([*launch.pull, "--to", model_folder(launch)])]


def _fetch_environment(address: Address, seen: str) -> dict[str, Json]:
    store = _STORE if address.is_folder else address.text
    found = {"WEIGHBRIDGE_STORE": store, "WEIGHBRIDGE_TRUST": _TRUST, "XDG_CACHE_HOME": seen}
    return {**no_expansion_of(found)}


def _server_environment(launch: Launch) -> dict[str, Json]:
    return {**launch.environment}


def _trust_notes() -> list[str]:
    return [
        "whom to believe is not in here: get the trust file from the project's owners, who have it by",
        f"  {line(('weighbridge', 'keys', 'trust', 'export', '--output', 'trust.toml'))}",
    ]


# Docker Compose.


def compose(launch: Launch, images: Images, address: Address) -> str:
    """A project of Docker Compose, by the Compose Specification."""
    name = launch.pin.name
    fetcher = f"{name}-model"
    store: list[Json] = [_bind(address.text)] if address.is_folder else []
    services: dict[str, Json] = {
        fetcher: {
            "image": images.fetcher,
            "entrypoint": _fetch(launch),
            "command": [],
            "environment": _fetch_environment(address, _SEEN),
            "configs": [{"source": _TRUST_NAME, "target": _TRUST}],
            "volumes": [_volume("models", _MODELS), _volume("seen", _SEEN), *store],
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges:true"],
            "read_only": True,
            "tmpfs": ["/tmp"],  # noqa: S108  of a container of its own
            "restart": "no",
        },
        name: {
            "image": images.server,
            "entrypoint": [*no_expansion(server_command(launch))],
            "command": [],
            "environment": _server_environment(launch),
            "volumes": [_volume("models", _MODELS, read_only=True)],
            "ports": [f"{HERE}:{launch.port}:{launch.port}"],
            "depends_on": {fetcher: {"condition": "service_completed_successfully"}},
            "security_opt": ["no-new-privileges:true"],
        },
    }
    whole: dict[str, Json] = {
        "services": services,
        "configs": {_TRUST_NAME: {"file": "./trust.toml"}},
        "volumes": {"models": {}, "seen": {}},
    }
    notes = [
        *launch.notes,
        f"{fetcher} verifies every byte at each start; {name} starts only after it succeeded",
        *_trust_notes(),
        *([] if address.is_folder else [f"the store's credentials belong into the environment of {fetcher} alone"]),
    ]
    return commented(notes, document(whole))


def _volume(source: str, target: str, *, read_only: bool = False) -> dict[str, Json]:
    mounted: dict[str, Json] = {"type": "volume", "source": source, "target": target}
    return {**mounted, "read_only": True} if read_only else mounted


def _bind(folder: str) -> dict[str, Json]:
    return {"type": "bind", "source": no_expansion([folder])[0], "target": _STORE, "read_only": True}


# Kubernetes.


def label(name: str) -> str:
    """A governed name as a DNS label (RFC 1123): it may hold dots and underscores, a label may not."""
    return re.sub(r"[^a-z0-9-]", "-", name)[:_MAX_LABEL].strip("-")


def kubernetes(launch: Launch, images: Images, address: Address) -> str:
    """A Deployment of Kubernetes 1.29 or newer."""
    name = label(launch.pin.name)
    labels: dict[str, Json] = {"app.kubernetes.io/name": name, "app.kubernetes.io/component": launch.server}
    told: dict[str, Json] = {
        "weighbridge.dev/project": launch.pin.project,
        "weighbridge.dev/model": launch.pin.name,
        "weighbridge.dev/stage": launch.stage,
        "weighbridge.dev/digest": launch.pin.digest,
    }
    pod: dict[str, Json] = {
        "automountServiceAccountToken": False,
        "initContainers": [_init_container(launch, images.fetcher, address)],
        "containers": [_container(launch, name, images.server)],
        "volumes": _volumes(address),
    }
    whole: dict[str, Json] = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels, "annotations": told},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels, "annotations": told}, "spec": pod},
        },
    }
    store = (
        f"the store is a folder: a PersistentVolumeClaim {_STORE_NAME} must hold it"
        if address.is_folder
        else f"the store's credentials: keys of a Secret {_STORE_NAME}, which the init container alone sees"
    )
    trust = f"  kubectl create configmap {_TRUST_NAME} --from-file=trust.toml"
    notes = [*launch.notes, *_trust_notes(), trust, store, "resources and GPUs are yours to add"]
    return commented(notes, document(whole))


def _env(values: dict[str, Json]) -> list[Json]:
    return [{"name": name, "value": value} for name, value in values.items()]


def _init_container(launch: Launch, image: str, address: Address) -> dict[str, Json]:
    mounts: list[Json] = [
        {"name": "models", "mountPath": _MODELS},
        {"name": "trust", "mountPath": _TRUST_FOLDER, "readOnly": True},
    ]
    found: dict[str, Json] = {
        "name": "model",
        "image": image,
        "command": _fetch(launch),
        "env": _env(_fetch_environment(address, _SEEN_IN_POD)),
    }
    if address.is_folder:
        mounts.append({"name": "store", "mountPath": _STORE, "readOnly": True})
    else:
        found["envFrom"] = [{"secretRef": {"name": _STORE_NAME, "optional": True}}]
    return {**found, "volumeMounts": mounts, "securityContext": _CONFINED}


def _container(launch: Launch, name: str, image: str) -> dict[str, Json]:
    return {
        "name": name,
        "image": image,
        "command": [*no_expansion(server_command(launch))],
        "env": _env(_server_environment(launch)),
        "ports": [{"name": "http", "containerPort": launch.port}],
        "readinessProbe": {"httpGet": {"path": "/health", "port": "http"}, "periodSeconds": 10},
        "volumeMounts": [{"name": "models", "mountPath": _MODELS, "readOnly": True}],
        "securityContext": {"allowPrivilegeEscalation": False},
    }


def _volumes(address: Address) -> list[Json]:
    claim: dict[str, Json] = {"claimName": _STORE_NAME, "readOnly": True}
    store: list[Json] = [{"name": "store", "persistentVolumeClaim": claim}] if address.is_folder else []
    return [
        {"name": "models", "emptyDir": {}},
        {"name": "trust", "configMap": {"name": _TRUST_NAME}},
        *store,
    ]
