"""Print the SHA-256 of every file below a folder, as fast as plain Python can: what `sha256sum` prints, but faster."""

import hashlib
import sys
from pathlib import Path


def main(folder: Path) -> None:
    """Hash every file, one after the other."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            print(hashlib.file_digest(file, "sha256").hexdigest(), path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
