"""Write files so that a reader sees all of one or the one before.

A file is staged next to its place, synced, and renamed. What a killed run has staged is written over by the next.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from tasks.errors import NotWritten


def sha256_at(path: str) -> str | None:
    """Return the SHA-256 of a file's bytes; None where there is none.

    Raises NotWritten.
    """
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _not_written(path, error) from error


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A staged file is whole, and not yet where readers look."""

    path: str

    @classmethod
    def of(cls, path: str, content: bytes) -> StagedFile:
        """Write the content next to its place. Raises NotWritten."""
        staged = cls(path)
        try:
            staged.temporary.parent.mkdir(parents=True, exist_ok=True)
            with staged.temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            staged.drop()
            raise _not_written(path, error) from error
        return staged

    @property
    def temporary(self) -> Path:
        path = Path(self.path)
        return path.with_name(f".{path.name}.reelsheet-part")

    def place(self) -> None:
        """Give the file its name, in one step. Raises NotWritten."""
        try:
            self.temporary.replace(self.path)
        except OSError as error:
            raise _not_written(self.path, error) from error

    def drop(self) -> None:
        """Remove what was staged, as far as that is possible."""
        try:
            self.temporary.unlink(missing_ok=True)
        except OSError:
            return


def _not_written(path: str, error: OSError) -> NotWritten:
    return NotWritten(f"{path} cannot be written ({error.strerror or error}): mend that, or name a folder with --out.")
