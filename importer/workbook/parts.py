"""The zip around a workbook and the parts in it, by their names (ECMA-376 part 2).

Refuses document type declarations, so that no entity is ever expanded.
"""

from __future__ import annotations

import lzma
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import IO, NamedTuple, Self
from urllib.parse import unquote
from xml.etree import ElementTree

from importer.errors import WorkbookError

SMALL = 64 * 1024**2
CHUNK = 4 * 1024**2
_LONGEST_ROW = 256 * 1024**2
_ENCODING = re.compile(rb"<\?xml[^>]*encoding=[\"']([^\"']+)")

BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    KeyError,
    RuntimeError,  # a zip with a password, or packed in a way that Python doesn't know
    struct.error,
    ElementTree.ParseError,
)
"""What reading a damaged zip or a broken part of it raises."""


class Relation(NamedTuple):
    """What one part is to another, as the last word of the relation's type in lower case.

    The words before it differ between the transitional and the Strict spelling of the standard.
    """

    kind: str
    part: str


class Parts:
    """Reads the parts of one file, whose names count in any case. Use as a context manager.

    Raises WorkbookError for a damaged zip or a part with a document type declaration.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except BROKEN as error:
            raise damaged(path) from error
        self._path = path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()

    @cached_property
    def parts(self) -> frozenset[str]:
        """The names of all parts, as the file spells them."""
        return frozenset(self._zip.namelist())

    @property
    def unpacked(self) -> tuple[int, int]:
        """How large the parts are in all: (packed, unpacked) bytes, as the zip's index says."""
        items = self._zip.infolist()
        return sum(i.compress_size for i in items), sum(i.file_size for i in items)

    def has(self, part: str) -> bool:
        """Say whether the file has a part, in any case."""
        return _folded(part) in self._stored

    def size(self, part: str) -> int:
        """Give how many bytes a part has when it is unpacked, as the zip's index says."""
        return self._zip.getinfo(self._stored[_folded(part)]).file_size

    def open(self, part: str) -> IO[bytes]:
        """Open a part for reading; KeyError when the file lacks it."""
        return self._zip.open(self._stored[_folded(part)])

    def chunks(self, part: str, until: bytes) -> Iterator[bytes]:
        """Yield a part in pieces that each end with `until` (but for the last).

        Raises WorkbookError for a damaged part and for one with a document type declaration.
        """
        rest = b""
        first = True
        try:
            with self.open(part) as stream:
                while block := stream.read(CHUNK):
                    if first:
                        self._refuse_declarations(part, block)
                        first = False
                    cut = block.rfind(until)
                    if cut < 0:
                        rest += block
                        if len(rest) > _LONGEST_ROW:
                            raise damaged(self._path)
                        continue
                    cut += len(until)
                    yield rest + block[:cut]
                    rest = block[cut:]
        except BROKEN as error:
            raise damaged(self._path) from error
        if rest:
            yield rest

    def relations(self, part: str) -> dict[str, Relation]:
        """Give the parts to which a part refers, by the ID of the relation; "" is the package."""
        folder, name = posixpath.split(part)
        index = posixpath.join(folder, "_rels", f"{name}.rels")
        if not part and not self.has(index):
            return {}
        found = {}
        for node in self._tree(index):
            target = node.get("Target", "").replace("\\", "/")
            if node.get("TargetMode") == "External":
                continue
            full = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            kind = node.get("Type", "").rstrip("/").rpartition("/")[2].casefold()
            named = full if self.has(full) else unquote(full)
            found[node.get("Id", "")] = Relation(kind, named)
        return found

    @cached_property
    def _stored(self) -> dict[str, str]:
        return {_folded(name): name for name in self._zip.namelist()}

    def _tree(self, part: str) -> ElementTree.Element:
        try:
            with self.open(part) as stream:
                text = stream.read(SMALL)
            self._refuse_declarations(part, text[:CHUNK])
            return ElementTree.fromstring(text)  # noqa: S314  no declarations, so no entities
        except BROKEN as error:
            raise damaged(self._path) from error

    def refuse_declarations(self, part: str) -> None:
        """Raise WorkbookError when a part, if there is one, has a document type declaration."""
        if self.has(part):
            try:
                with self.open(part) as stream:
                    self._refuse_declarations(part, stream.read(64 * 1024))
            except BROKEN as error:
                raise damaged(self._path) from error

    def _refuse_declarations(self, part: str, head: bytes) -> None:
        if re.search(rb"<!(?:DOCTYPE|ENTITY)", head) or b"<\0!\0D\0O\0C" in head:
            raise WorkbookError(
                f"{self._path.name} contains a document type declaration in {part}, which no "
                "workbook has.",
                "Don't trust this file; ask its sender for one saved by Excel.",
            )


class Damaged(WorkbookError):
    """The file is cut off or broken inside, or one reader of files takes it for that."""


def damaged(path: Path) -> Damaged:
    """Make the error for a file that is cut off or broken inside."""
    return Damaged(
        f"{path.name} is damaged: not all of it can be read.",
        "Open it in Excel, let Excel repair it, save it, and try again.",
    )


def refuse_encoding(where: str, head: bytes) -> None:
    """Raise WorkbookError for a part, known to the user as `where`, that isn't UTF-8."""
    named = _ENCODING.search(head)
    name = named[1].decode("ascii", "replace") if named else "UTF-8"
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in head:
        name = "UTF-16"
    if name.casefold() not in ("utf-8", "utf8", "us-ascii", "ascii"):
        raise WorkbookError(
            f"{where} is stored in the encoding {name}, which can't be read.",
            "Open the workbook in Excel, save it, and try again.",
        )


def _folded(part: str) -> str:
    return part.replace("\\", "/").strip("/").casefold()
