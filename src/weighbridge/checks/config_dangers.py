"""Settings that weaken a loader or start something, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.checks.config_place import truthy
from weighbridge.formats.fault import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.checks.config_place import Place

SWITCHED_ON: Final[Mapping[str, str]] = {
    "allow_pickle": "lets NumPy unpickle",
    "allow_dangerous_deserialization": "lets the loader unpickle",
    "enable_unsafe_deserialization": "turns Keras' safe mode off",
    "allow_unsafe_deserialization": "lets the loader unpickle",
    "unsafe_deserialization": "lets the loader unpickle",
    "unsafe_load": "lets the loader unpickle",
    "allow_dangerous_code": "lets the loader run code",
    "allow_dangerous_requests": "lets the loader reach any address",
    "allow_code_execution": "lets the loader run code",
    "use_auth_token": "sends the user's token",
    "torch_force_no_weights_only_load": "makes torch.load unpickle everything",
    "vllm_allow_insecure_serialization": "makes vLLM unpickle what it is sent",
    "hf_hub_disable_ssl_verification": "stops checking whom it talks to",
    "privileged": "starts a container with all rights of the machine",
    "install_py_dep_per_model": "makes TorchServe install what the model asks for",
    "disable_ssl_verification": "stops checking whom it talks to",
}
"""Keys that must not say yes."""

SWITCHED_OFF: Final[Mapping[str, str]] = {
    "weights_only": "makes torch.load unpickle everything (CVE-2025-32434 is worse still)",
    "safe_mode": "turns Keras' safe mode off (CVE-2025-9906)",
    "safe_load": "makes the loader unpickle",
    "verify_ssl": "stops checking whom it talks to",
    "ssl_verify": "stops checking whom it talks to",
}
"""Keys that must not say no."""

PRESENT: Final[Mapping[str, str]] = {
    "proxies": "sends what the loader asks for through another machine",
    "hf_endpoint": "sends the loader to another hub",
    "pip_index_url": "makes pip install from another index",
    "pip_extra_index_url": "makes pip install from another index",
    "ld_preload": "makes the loader open a native library first",
    "ld_library_path": "makes the loader look for native libraries elsewhere",
    "dyld_insert_libraries": "makes the loader open a native library first",
    "pythonstartup": "makes Python run a file",
    "pythonpath": "makes Python import from elsewhere",
    "execution_env_path": "makes Triton unpack and use another Python",
    "postcreatecommand": "starts a command when a container is made",
    "poststartcommand": "starts a command when a container is started",
    "postattachcommand": "starts a command when an editor attaches",
    "oncreatecommand": "starts a command when a container is made",
    "initializecommand": "starts a command on the machine itself",
    "preinstall": "starts a command at installation",
    "postinstall": "starts a command at installation",
    "__pre_init__": "starts code before a configuration is used",
}
"""Keys that must not be there with a value."""

_SHAPED: Final = {
    "network_mode": ("host", "starts a container in the machine's network"),
    "pid": ("host", "starts a container that sees the machine's processes"),
    "runon": ("folderopen", "starts a command when the folder is opened"),
}


KEYS: Final = frozenset({*SWITCHED_ON, *SWITCHED_OFF, *PRESENT, *_SHAPED, "cmd", "command"})
"""Keys that `judge` knows."""


def judge(key: str, value: object, place: Place) -> None:
    """Write down what a setting weakens or starts.

    Args:
        key: Its name in lower case, with underscores.
        value: What it says.
        place: Where it stands.
    """
    reason = ""
    if key in SWITCHED_ON and (truthy(value) or (key == "use_auth_token" and isinstance(value, str) and value)):
        reason = SWITCHED_ON[key]
    elif key in SWITCHED_OFF and not truthy(value):
        reason = SWITCHED_OFF[key]
    elif key in PRESENT and isinstance(value, str | list | dict) and value:
        reason = PRESENT[key]
    elif key in _SHAPED and isinstance(value, str) and value.lower() == _SHAPED[key][0]:
        reason = _SHAPED[key][1]
    elif key in {"cmd", "command"} and isinstance(value, str | list) and value and _starts(place):
        reason = "is a command that a tool starts"
    if reason:
        place.add("dangerous-config", reason)


def mount(text: str, place: Place) -> None:
    """A container's volume that opens the machine."""
    source = text.partition(":")[0]
    if place.key.lower() in {"volumes", "binds"} and (source == "/" or source.endswith("docker.sock")):
        place.add("dangerous-config", f"mounts {quoted(text)} of the machine")


def _starts(place: Place) -> bool:
    """Whether a command stands where DVC, MLflow projects or containers start it."""
    parts = place.where.split(".")
    return parts[0] in {"stages", "entry_points", "services"} and place.name.endswith(
        ("dvc.yaml", "mlproject", ".yml", ".yaml")
    )
