"""MLflow's artifact plug-in: ``weighbridge://sha256/<hex>`` gives verified copies, or an error that names the reason.

MLflow loads this module whenever it starts, so everything else is imported when first used. What is downloaded is
always a new file or folder: MLflow writes into it, and the governed folder must stay as it was verified. Nothing can
be uploaded or deleted here, and no MLmodel is taken from a model or a server (see `weighbridge.plugins.flavours`).
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NoReturn, Protocol

from mlflow.entities.file_info import FileInfo
from mlflow.exceptions import MlflowException
from mlflow.protos import databricks_pb2 as codes
from mlflow.store.artifact.artifact_repo import ArtifactRepository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.core.errors import WeighbridgeError
    from weighbridge.core.pin import Pin
    from weighbridge.plugins.handout import Handout


class Resolve(Protocol):
    """How a digest becomes a judged and verified folder."""

    def __call__(self, digest: str, *, registry_uri: str | None) -> tuple[Pin, Path]:
        """The signed pin and the verified folder of its bytes; raises errors of the core where it is denied."""


def _wired(digest: str, *, registry_uri: str | None) -> tuple[Pin, Path]:
    from weighbridge.wiring import verified_folder  # noqa: PLC0415 - heavy, only when something is downloaded

    return verified_folder(digest, registry_uri=registry_uri)


class WeighbridgeArtifactRepository(ArtifactRepository):
    """Artifacts of a version whose source is ``weighbridge://sha256/<hex>``.

    Args:
        artifact_uri: The source, or a path below it.
        tracking_uri: As MLflow hands it over; not used.
        registry_uri: As MLflow hands it over; helps to find the project that governs the digest.
    """

    resolve: ClassVar[Resolve] = staticmethod(_wired)
    """Judges and verifies; the composition root's, unless a subclass says otherwise."""

    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        """The files and folders directly under a path; empty for a file or a path that does not exist.

        Raises:
            MlflowException: Denied, damaged or unreachable; the text holds our reason code.
        """
        with _as_mlflow_errors():
            handout, inside = self._handout(path)
            above = f"{path.strip('/')}/" if path and path.strip("/") and inside else ""
            found = handout.children(inside)
            return [FileInfo(above + name, size is None, size) for name, size in found.items()]

    def download_artifacts(self, artifact_path: str | None, dst_path: str | None = None) -> str:
        """Verified copies of a file, a folder or everything; gives the path of what was asked for.

        Args:
            artifact_path: Relative POSIX path; empty for everything.
            dst_path: An existing folder; without it a new one is made. A folder is downloaded only to where no
                other file is, so that what is returned is exactly what was verified.

        Raises:
            MlflowException: Denied, damaged or unreachable, no such path, or the destination holds other files.
        """
        with _as_mlflow_errors():
            handout, inside = self._handout(artifact_path)
            made = None if dst_path else Path(tempfile.mkdtemp(prefix="weighbridge-"))
            # Only the path that MLflow asked for appears below the destination, never the part in the URI.
            target = (made or _existing_folder(dst_path)) / ((artifact_path or "").strip("/") if inside else "")
            try:
                handout.write(inside, target)
            except BaseException:
                if made:
                    shutil.rmtree(made, ignore_errors=True)
                raise
            return str(target)

    def _download_file(self, remote_file_path: str, local_path: str) -> None:
        """One verified file; MLflow calls this from several threads at once."""
        with _as_mlflow_errors():
            handout, inside = self._handout(remote_file_path)
            if not handout.is_file(inside):
                _refuse(f"the model has no file {inside!r}", "no-such-path", codes.RESOURCE_DOES_NOT_EXIST)
            handout.write(inside, Path(local_path).absolute())

    def log_artifact(self, local_file: str, artifact_path: str | None = None) -> NoReturn:
        """Refused: a digest names bytes that exist.

        Raises:
            MlflowException: Always.
        """
        _refuse_change(f"{local_file} can't be uploaded to {artifact_path or self.artifact_uri}")

    def log_artifacts(self, local_dir: str, artifact_path: str | None = None) -> NoReturn:
        """Refused: a digest names bytes that exist.

        Raises:
            MlflowException: Always.
        """
        _refuse_change(f"{local_dir} can't be uploaded to {artifact_path or self.artifact_uri}")

    def delete_artifacts(self, artifact_path: str | None = None) -> NoReturn:
        """Refused: only `weighbridge remove` ends the governance of a model.

        Raises:
            MlflowException: Always.
        """
        _refuse_change(f"{artifact_path or self.artifact_uri} can't be deleted")

    def _handout(self, path: str | None) -> tuple[Handout, str]:
        import mlflow  # noqa: PLC0415 - MLflow is still being imported when it imports this module
        import mlflow.version  # noqa: PLC0415 - the same

        from weighbridge.core.errors import IntegrityError  # noqa: PLC0415 - not before something is downloaded
        from weighbridge.plugins.handout import Handout, locate  # noqa: PLC0415 - the same

        digest, inside = locate(self.artifact_uri, path)
        pin, folder = type(self).resolve(digest, registry_uri=self.registry_uri or mlflow.get_registry_uri())
        if pin.digest != digest:
            raise IntegrityError(f"asked for {digest}, was given {pin.digest}", code="digest-mismatch")
        handout = Handout(pin, folder, mlflow.version.VERSION)
        handout.refuse_reserved()
        return handout, inside


def _existing_folder(text: str | None) -> Path:
    path = Path(text or "").absolute()
    if not path.is_dir():
        _refuse(f"the destination {path} is not a folder", "no-destination", codes.INVALID_PARAMETER_VALUE)
    return path


def _refuse(message: str, code: str, mlflow_code: int) -> NoReturn:
    raise MlflowException(f"Weighbridge: {message} [{code}]", error_code=mlflow_code)


def _refuse_change(what: str) -> NoReturn:
    _refuse(
        f"{what}: a digest names bytes that were pinned and approved, and they never change. "
        "Next: `weighbridge add` takes in new bytes, `weighbridge remove` ends the governance of a model",
        "read-only",
        codes.INVALID_PARAMETER_VALUE,
    )


def _mlflow_code(error: WeighbridgeError) -> int:
    from weighbridge.core import errors  # noqa: PLC0415 - not before something failed

    table: tuple[tuple[type[WeighbridgeError], int], ...] = (
        (errors.DeniedError, codes.PERMISSION_DENIED),
        (errors.AccessError, codes.PERMISSION_DENIED),
        (errors.IntegrityError, codes.DATA_LOSS),
        (errors.NotFoundError, codes.RESOURCE_DOES_NOT_EXIST),
        (errors.UsageError, codes.INVALID_PARAMETER_VALUE),
        (errors.WeighbridgeError, codes.INTERNAL_ERROR),
    )
    return next(code for kind, code in table if isinstance(error, kind))


@contextmanager
def _as_mlflow_errors() -> Iterator[None]:
    """Give MLflow its own kind of error, with our message, reason codes and next step; ours is its cause."""
    from weighbridge.core.errors import DeniedError, WeighbridgeError  # noqa: PLC0415 - not at MLflow's start

    try:
        yield
    except WeighbridgeError as error:
        reasons = ", ".join(error.reasons) if isinstance(error, DeniedError) else error.code
        text = f"Weighbridge: {error.message} [{reasons}]. Next: {error.hint}"
        raise MlflowException(text, error_code=_mlflow_code(error)) from error
    except OSError as error:
        text = f"Weighbridge: {error} [io-failed]. Next: check the disk and the folder's permissions"
        raise MlflowException(text, error_code=codes.INTERNAL_ERROR) from error
