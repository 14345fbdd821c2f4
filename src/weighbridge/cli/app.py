"""The group of verbs, loaded one by one, and the one place where errors become exit codes."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, NoReturn

import click

import weighbridge
from weighbridge.cli.output import example, print_error
from weighbridge.core.errors import UsageError, WeighbridgeError

if TYPE_CHECKING:
    from collections.abc import Sequence

VERBS = (
    "init",
    "add",
    "adopt",
    "pull",
    "verify",
    "inspect",
    "register",
    "request",
    "approve",
    "reject",
    "revoke",
    "remove",
    "status",
    "outdated",
    "diff",
    "check",
    "update",
    "lint",
    "cache",
    "audit",
    "export",
    "policy",
    "run",
    "env",
    "keys",
    "doctor",
)


class _InterruptedError(WeighbridgeError):
    """The user stopped the command; shells use 128 and the number of the signal."""

    exit_code = 130
    default_code = "interrupted"
    default_hint = "run it again: it resumes"


class LazyGroup(click.Group):
    """Imports a verb's module when the verb is used, or when help lists them all."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every verb, in the order of the chain."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb's command, or None if there is none."""
        del ctx
        if cmd_name not in VERBS:
            return None
        command = importlib.import_module(f"weighbridge.cli.{cmd_name}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"weighbridge.cli.{cmd_name}.command is not a command")
        return command


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=example(
        "weighbridge init",
        "weighbridge add hf:sentence-transformers/all-MiniLM-L6-v2 --name minilm",
        "weighbridge approve minilm --stage production",
    ),
)
@click.version_option(weighbridge.__version__, prog_name="weighbridge")
def group() -> None:
    """Govern third-party models: pin, hash, approve and verify what runs."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit with its code.

    Exit codes: 0 ok, 1 failure, 2 usage, 10 denied or findings, 20 integrity broken, 130 interrupted.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    # What follows `--` is another program's.
    as_json = "--json" in (given[: given.index("--")] if "--" in given else given)
    _no_telemetry()
    try:
        result = group.main(args=given, prog_name="weighbridge", standalone_mode=False)
    except WeighbridgeError as error:
        print_error(error, as_json=as_json)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        where = f"{error.ctx.command_path} --help" if isinstance(error, click.UsageError) and error.ctx else ""
        usage = UsageError(error.format_message(), hint=f"see {where or 'weighbridge --help'}")
        print_error(usage, as_json=as_json)
        sys.exit(usage.exit_code)
    except OSError as error:
        system = WeighbridgeError(
            f"the system refused: {error}", code="system", hint="free space, mend the mode, try again"
        )
        print_error(system, as_json=as_json)
        sys.exit(system.exit_code)
    except (KeyboardInterrupt, click.Abort):
        print_error(_InterruptedError("interrupted"), as_json=as_json)
        sys.exit(_InterruptedError.exit_code)
    sys.exit(result if isinstance(result, int) else 0)


def _no_telemetry() -> None:
    """Switch off what the libraries of this process would report about its user."""
    for name in ("DVC_NO_ANALYTICS", "HF_HUB_DISABLE_TELEMETRY", "MLFLOW_DISABLE_TELEMETRY", "DO_NOT_TRACK"):
        os.environ.setdefault(name, "true" if name.startswith("MLFLOW") else "1")
