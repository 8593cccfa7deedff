"""How a workbook of ours is known to be just as we wrote it: a digest of its parts, kept in it.

Every program that saves a workbook writes its parts anew, so the digest no longer fits.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from zipfile import BadZipFile, ZipFile

SEAL_PROPERTY = "importer.seal"
OPEN = "0" * 64
"""What is in the place of the digest until all other parts are written."""

CUSTOM_PART = "docProps/custom.xml"
_LARGEST = 1 << 20


def digest(archive: ZipFile) -> str:
    """Give SHA-256 (hex) of the names, sizes and checksums of all parts but the seal's own."""
    parts = sorted(
        (one.filename, one.file_size, one.CRC)
        for one in archive.infolist()
        if one.filename != CUSTOM_PART
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def untouched(path: Path) -> bool:
    """Whether a file is a workbook that we wrote and nobody has saved since."""
    try:
        with ZipFile(path) as archive:
            part = archive.getinfo(CUSTOM_PART)
            if part.file_size > _LARGEST:
                return False
            return f">{digest(archive)}<".encode() in archive.read(part)
    except (OSError, BadZipFile, LookupError, ValueError, NotImplementedError, RuntimeError):
        return False
