"""Launches of servers: what a stage allows now, rendered for a shell, Docker Compose or Kubernetes."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from weighbridge.core.errors import UsageError
from weighbridge.core.outcome import pin_summary
from weighbridge.reports import launch_containers
from weighbridge.reports.launch import ARGS, COMPOSE, HERE, KUBERNETES, Launch, own_code, shell
from weighbridge.reports.launch_containers import Address, Images
from weighbridge.wiring.project import open_project, remotes, write_file

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.core.canonical import Json
    from weighbridge.core.pin import Pin
    from weighbridge.core.ports import Progress
    from weighbridge.core.record import Record
    from weighbridge.custody.consuming import Consumer
    from weighbridge.wiring.project import Project

# Repository and digest as OCI's distribution specification and Docker's references allow them; perhaps a tag between.
_IMAGE = re.compile(r"[a-z0-9][a-z0-9._:/-]{0,400}(?::[\w][\w.-]{0,127})?@sha256:[0-9a-f]{64}")
_OF_VENDORS = "api"
_RENDER = {COMPOSE: launch_containers.compose, KUBERNETES: launch_containers.kubernetes}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to start.

    Args:
        server: `weighbridge.reports.launch.VLLM` or ``TRANSFORMERS``.
        name: The governed name.
        stage: The stage that must allow it.
        form: One of `weighbridge.reports.launch.FORMATS`.
        served_name: What requests call it; None for the governed name.
        port: Where the server listens.
        image: The image with the server; containers need one.
        fetcher: The image with Weighbridge; None for the same.
        store: Where containers fetch from; None for the project's DVC remote, or the store that is used here.
    """

    server: str
    name: str
    stage: str
    form: str = ARGS
    served_name: str | None = None
    port: int = 8000
    image: str | None = None
    fetcher: str | None = None
    store: str | None = None


@dataclass(frozen=True, slots=True)
class LaunchExport:
    """A launch, rendered.

    Args:
        launch: What is started.
        form: How it is rendered.
        command: The server's words.
        text: What a person, or a program, is given.
        path: The file that holds the text; None if it was printed.
        changed: Whether that file was written.
    """

    launch: Launch
    form: str
    command: tuple[str, ...]
    text: str
    path: Path | None
    changed: bool

    def to_json(self) -> dict[str, Json]:
        """The published JSON."""
        return {
            "changed": self.changed,
            "model": pin_summary(self.launch.pin),
            "stage": self.launch.stage,
            "format": self.form,
            "command": list(self.command),
            "environment": {**self.launch.environment},
            "trusts_code": list(self.launch.code),
            "text": self.text,
            "path": None if self.path is None else str(self.path),
        }


@dataclass(frozen=True, slots=True)
class _Allowed:
    """What a stage allows, where its bytes are if they were read, and where others can get them."""

    pin: Pin
    record: Record
    folder: Path | None
    store: str


def export_launch(wish: Wish, *, output: Path | None = None, progress: Progress | None = None) -> LaunchExport:
    """The launch of a model that a stage allows now; for a shell its bytes are verified now as well.

    Args:
        wish: What is wanted.
        output: A file to write; None to write none.
        progress: Is told how far the verification is.

    Raises:
        DeniedError: The stage does not allow it.
        IntegrityError: Bytes or evidence are not what was signed.
        UsageError: An image is not named by digest (code ``image-not-pinned``), there is none, options contradict each
            other, or the model is one that its vendor serves (code ``no-weights``).
        StoreError: The file can't be written (code ``disk``).
    """
    images = _images(wish)
    allowed = _allowed(wish, progress)
    if allowed.pin.ref.scheme == _OF_VENDORS:
        raise UsageError(
            f"{wish.name} is served by its vendor: there are no weights to start a server with",
            code="no-weights",
            hint="let the program read model.json in the folder of weighbridge.load, and call what it names",
        )
    found = allowed.record.inspections.get(allowed.pin.digest)
    code = own_code(allowed.pin, found.inspection if found else None)
    served = wish.name if wish.served_name is None else wish.served_name
    launch = Launch(wish.server, allowed.pin, wish.stage, served, wish.port, code)
    if images is None:
        folder = str(allowed.folder)
        command, text = launch.command(folder, HERE), shell(launch, folder)
    else:
        command = launch_containers.server_command(launch)
        text = _RENDER[wish.form](launch, images, _address(wish.store or allowed.store))
    changed = output is not None and write_file(output, text.encode())
    return LaunchExport(launch, wish.form, tuple(command), text, output, changed)


def _images(wish: Wish) -> Images | None:
    """The images of containers; None for a shell."""
    if wish.form == ARGS:
        if wish.image or wish.fetcher or wish.store:
            raise UsageError("images and stores are for containers", hint="name a --format: compose or kubernetes")
        return None
    if not wish.image:
        raise UsageError(
            f"--format {wish.form} needs an image with the server", hint="name one: --image NAME@sha256:DIGEST"
        )
    images = Images(wish.image, wish.fetcher or wish.image)
    for image in (images.server, images.fetcher):
        if not _IMAGE.fullmatch(image):
            raise UsageError(
                f"the image {image!r} is not named by digest: what a tag means can change after any approval",
                code="image-not-pinned",
                hint="name it as NAME@sha256:DIGEST; docker buildx imagetools inspect NAME prints its digest",
            )
    return images


def _allowed(wish: Wish, progress: Progress | None) -> _Allowed:
    """What a stage allows; bytes are read only where they are to be used here."""
    from weighbridge.wiring.consumer import open_consumer  # noqa: PLC0415  not needed in a project

    address = os.environ.get("WEIGHBRIDGE_STORE", "")
    if address:
        return _from_store(wish, open_consumer(progress=progress), address)
    project = open_project(progress=progress)
    if project.settings.catalog:
        catalog = (project.root, project.settings.catalog)
        return _from_store(wish, open_consumer(progress=progress, catalog=catalog), catalog[1].store)
    custody = project.custody
    (name,) = custody.names([wish.name])
    _, pin = custody.admit(name, wish.stage)
    folder = custody.load(name, wish.stage, pin.digest)[1] if wish.form == ARGS else None
    return _Allowed(pin, custody.record(name), folder, _remote(project, pin))


def _from_store(wish: Wish, consumer: Consumer, address: str) -> _Allowed:
    pin, folder = consumer.load(wish.name, wish.stage)
    return _Allowed(pin, consumer.verdicts(wish.name, wish.stage)[1], folder, address)


def _remote(project: Project, pin: Pin) -> str:
    """The address of the DVC remote that holds a pin; empty if there is none."""
    from weighbridge.stores import settings  # noqa: PLC0415  beside its siblings

    remote = remotes(project.settings).settings(settings.read(project.root), pin)
    return remote.url if remote else ""


def _address(store: str) -> Address:
    """A store as containers reach it, without a password that its URL may hold.

    Raises:
        UsageError: There is none.
    """
    from weighbridge.stores.published import Remote  # noqa: PLC0415  not needed in a project

    if not store:
        raise UsageError(
            "there is no DVC remote from which containers could fetch", hint="name one: --store PATH-OR-URL"
        )
    folder = Remote(store).folder
    if folder is not None:
        return Address(str(folder), is_folder=True)
    parts = urlsplit(store)
    return Address(parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(), is_folder=False)
