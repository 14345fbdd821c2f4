"""The widely copied "DVC locks, MLflow registers" pipeline for third-party models, repaired so that it runs.

Its stages stand in ``mission.dvc.yaml`` beside this file. Every repair says what was wrong. Nothing was made slower
than it was; where a choice was open, the faster one was taken.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

MODEL_ID = os.environ["MODEL_ID"]
# Repair: no revision was given, so that another model could come each time.
REVISION = os.environ["MODEL_REVISION"]
# As it was written, the Hub cache's own layout (blobs, and links to them) is the output; DVC and MLflow follow links.
# "flat" is the layout of those who noticed.
FLAT = os.environ.get("MODEL_LAYOUT") == "flat"
FOLDER = Path("models/external/model")
MANIFEST = Path("models/third_party_manifest.json")
REPORT = Path("models/validation_report.txt")
LOG = Path("models/mlflow_registration.log")


def hashes() -> dict[str, str]:
    """The SHA-256 of every file of the model."""
    found = {}
    # Repair: the path of the file left out `snapshots/<commit>`, which the cache's layout has.
    folder = FOLDER if FLAT else FOLDER / f"models--{MODEL_ID.replace('/', '--')}" / "snapshots" / REVISION
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith(".cache/"):
            with path.open("rb") as file:
                # Repair: `f.read()` held the whole file in memory.
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def content_hash(files: dict[str, str]) -> str:
    """One hash for all files. Repair: there was one file, so that there was no rule for several."""
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()


def download() -> None:
    """Fetch the model and write what it hashes to."""
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - each stage pays for what it uses

    # Repair: `pytorch_model.bin` alone was fetched, which a repository of sharded safetensors does not have.
    if FLAT:
        snapshot_download(MODEL_ID, revision=REVISION, local_dir=FOLDER)
    else:
        snapshot_download(MODEL_ID, revision=REVISION, cache_dir=FOLDER)
    files = hashes()
    # Repair: the f-string with a JSON object in it raised "Invalid format specifier".
    manifest = {"model_id": MODEL_ID, "hash": content_hash(files), "files": files, "source": "huggingface"}
    MANIFEST.write_text(json.dumps(manifest), encoding="utf-8")


def validate() -> None:
    """Hash the model again and compare. Left as it was: it compares the download with itself, not with the Hub."""
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    files = hashes()
    if content_hash(files) != manifest["hash"]:
        sys.exit(f"HASH MISMATCH: expected {manifest['hash']}, got {content_hash(files)}")
    # Repair: the stage promised this file to DVC and never wrote it.
    REPORT.write_text(f"Model {manifest['model_id']} hash verified: {manifest['hash']}\n", encoding="utf-8")


def register() -> None:
    """Log the model as a run's artifact and make a version of it."""
    import mlflow  # noqa: PLC0415 - each stage pays for what it uses

    # Repair: a server on port 5000 was assumed; the same store without its HTTP is faster.
    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    experiment = mlflow.create_experiment("governance", artifact_location=Path("mlartifacts").absolute().as_uri())
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    name = "third-party-model"
    with mlflow.start_run(experiment_id=experiment) as run:
        mlflow.log_param("source", manifest["source"])
        mlflow.log_param("model_id", manifest["model_id"])
        mlflow.log_param("content_hash", manifest["hash"])
        mlflow.log_artifacts(str(FOLDER), "model")
        # Repair: `register_model("runs:/…")` refuses a folder that has no MLmodel file.
        client = mlflow.MlflowClient()
        client.create_registered_model(name)
        version = client.create_model_version(
            name,
            source=f"{run.info.artifact_uri}/model",
            run_id=run.info.run_id,
            tags={
                "source": manifest["source"],
                "model_id": manifest["model_id"],
                "content_hash": manifest["hash"],
                "governance_tier": "third-party",
            },
        )
    # Repair: the stage promised this file to DVC and never wrote it.
    LOG.write_text(f"{name} version {version.version}\n", encoding="utf-8")


if __name__ == "__main__":
    {"download": download, "validate": validate, "register": register}[sys.argv[1]]()
