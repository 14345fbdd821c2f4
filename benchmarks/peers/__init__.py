"""What Weighbridge is compared with, where that is more than one command."""

from pathlib import Path

_HERE = Path(__file__).parent


def mission_pipeline_files() -> tuple[Path, Path]:
    """The pipeline's script, which is not to be imported, and its stages."""
    return _HERE / "mission_pipeline.py", _HERE / "mission.dvc.yaml"


def load_torch_script() -> Path:
    """For an interpreter that has torch and Weighbridge."""
    return _HERE / "load_torch.py"


def model_signing_script() -> Path:
    """For an interpreter that has model-signing."""
    return _HERE / "model_signing_hash.py"


def picklescan_script() -> Path:
    """For an interpreter that has picklescan."""
    return _HERE / "picklescan_files.py"
