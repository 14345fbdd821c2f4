"""`weighbridge export oms`."""

from __future__ import annotations

from pathlib import Path

import click

from weighbridge.cli.output import emit, example, json_option
from weighbridge.cli.progress import progress
from weighbridge.core.digest import short
from weighbridge.core.errors import UsageError
from weighbridge.reports.sizes import size_text
from weighbridge.wiring import open_project
from weighbridge.wiring.exporting import OmsKeys, export_oms

_FILE = click.Path(path_type=Path)


@click.command("oms", epilog=example("weighbridge export oms minilm --stage production --private-key release.pem"))
@click.argument("name")
@click.option("--private-key", "private", type=_FILE, required=True, help="PEM file of an EC key (P-256, 384, 521).")
@click.option(
    "--passphrase-env",
    metavar="VARIABLE",
    default="WEIGHBRIDGE_KEY_PASSPHRASE",
    show_default=True,
    help="Holds the passphrase of an encrypted key.",
)
@click.option("--certificate", type=_FILE, help="PEM file of the key's certificate; verified instead of the key.")
@click.option("--chain", type=_FILE, multiple=True, help="PEM file of certificates above it; repeatable.")
@click.option("--stage", help="Only what this stage allows: its head.  [default: the newest pin, approved or not]")
@click.option("--digest", help="An earlier pin: all or the beginning of its digest.")
@click.option("--output", type=_FILE, metavar="FILE", help="The signature.  [default: NAME-DIGEST.sig]")
@json_option
def command(  # noqa: PLR0913  one parameter an option
    name: str,
    *,
    private: Path,
    passphrase_env: str,
    certificate: Path | None,
    chain: tuple[Path, ...],
    stage: str | None,
    digest: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Verify a model and sign its files as OpenSSF Model Signing, for the stock `model_signing verify`."""
    if chain and certificate is None:
        raise UsageError("--chain needs --certificate", hint="name the certificate of the key")
    custody = open_project(progress=progress(as_json=as_json)).custody
    keys = OmsKeys(private, passphrase_env, certificate, chain)
    done = export_oms(custody, name, keys, stage=stage, digest=digest, output=output)
    what = f"{name} {short(done.pin.digest)}: {len(done.pin.files)} files ({size_text(done.pin.size)})"
    lines = [f"{'signed' if done.changed else 'signed before:'} {what}, in {done.path}", f"verify: {done.command_line}"]
    emit("export-oms", lines, done.to_json(), as_json=as_json)
