"""The shared strings of an .xlsx file, looked up one by one without holding them all as objects.

A large workbook has millions of them and a report wants a few. So the part lies unpacked in a
temporary file, and memory holds one offset (8 bytes) for each string.
"""

from __future__ import annotations

import mmap
import re
import shutil
import tempfile
from array import array
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING
from xml.etree import ElementTree

from importer.errors import WorkbookError
from importer.workbook.parts import refuse_encoding

if TYPE_CHECKING:
    from importer.workbook.package import Package

UNPACKED_LIMIT = 2 * 1024**3
_REMEMBERED = 50_000
_SIMPLE = re.compile(rb"<si><t(?: xml:space=\"preserve\")?>([^<&\r]*)</t></si>")
_ITEM = re.compile(rb"<si>(?:<t(?: xml:space=\"preserve\")?>([^<]*)</t></si>)?")
_SPECIAL = re.compile(rb"[&\r]|_x")
_COUNT = re.compile(rb"\buniqueCount\s*=\s*[\"']\s*\+?(\d{1,20})")
_ROOT = re.compile(rb"<(?:(\w+):)?sst\b[^>]*>")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


class SharedStrings:
    """Gives the text of a shared string by its index. Use as a context manager.

    Raises WorkbookError when the part is far too large, or one of its strings is broken.
    """

    def __init__(self, package: Package) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed by __exit__
        self._map: mmap.mmap | None = None
        self._starts = array("Q")
        self._known: dict[int, str] = {}
        self._open, self._close = b"", b""
        try:
            self._unpack(package)
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> SharedStrings:
        return self

    def __exit__(self, *_: object) -> None:
        if self._map is not None:
            self._map.close()
        self._file.close()

    def __getitem__(self, index: int) -> str:
        """Give a string's text, "" where the file has none of that index."""
        text = self._known.get(index)
        if text is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            text = self._known[index] = self._read(index)
        return text

    def known(self, index: int) -> str:
        """Give a string's text. Raises IndexError where the file has none of that index."""
        if not 0 <= index < len(self._starts) - 1:
            raise IndexError(f"no shared string {index}")
        return self[index]

    def all(self) -> list[str]:
        """Give all texts; quick for those that are spelled as Excel spells plain ones."""
        if self._map is None:
            return []
        count = len(self._starts) - 1
        whole = self._map[self._starts[0] : self._starts[-1]] if count else b""
        texts = [] if b"<!" in whole else _ITEM.findall(whole)
        if len(texts) != count:
            return [self._read(index) for index in range(count)]
        return [
            text.decode("utf-8", "replace")
            if text and not _SPECIAL.search(text)
            else self._read(at)
            for at, text in enumerate(texts)
        ]

    def _unpack(self, package: Package) -> None:
        if package.strings is None:
            return
        with package.open(package.strings) as part:
            shutil.copyfileobj(_Limited(part), self._file, 1 << 20)
        self._file.flush()
        if self._file.tell() == 0:
            return
        self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        refuse_encoding("The list of the workbook's texts", self._map[:1024])
        root = _ROOT.search(self._map)
        if root is None:
            raise WorkbookError("The list of the workbook's texts is damaged.")
        if re.search(rb"<!(?:DOCTYPE|ENTITY)", self._map[: root.start()]):
            raise WorkbookError("The workbook's strings contain a document type declaration.")
        prefix = root[1] + b":" if root[1] else b""
        self._open, self._close = root[0], b"</" + prefix + b"sst>"
        self._starts.extend(_starts(self._map, b"<" + prefix + rb"si[\s/>]"))
        end = self._map.rfind(self._close)
        self._starts.append(end if end > 0 else len(self._map))

    def _read(self, index: int) -> str:
        if self._map is None or not 0 <= index < len(self._starts) - 1:
            return ""
        raw = self._map[self._starts[index] : self._starts[index + 1]]
        simple = _SIMPLE.match(raw)
        if simple:
            return unescape(simple[1].decode("utf-8", "replace"))
        try:
            tree = ElementTree.fromstring(self._open + raw + self._close)  # noqa: S314  no DTD
        except ElementTree.ParseError as error:
            raise WorkbookError("The workbook's strings are damaged.") from error
        return text_of(tree[0])


def _starts(part: mmap.mmap, item: bytes) -> Iterator[int]:
    """Yield where each item starts; one inside a comment doesn't count."""
    if part.find(b"<!") < 0:
        return (match.start() for match in re.finditer(item, part))
    either = re.compile(rb"(?s:<!--.*?-->|<!\[CDATA\[.*?\]\]>)|(" + item + b")")
    return (match.start() for match in either.finditer(part) if match[1])


def has_plausible_count(package: Package) -> bool:
    """Whether the part can hold as many strings as it says: the fast reader makes room for them."""
    if package.strings is None:
        return True
    with package.open(package.strings) as part:
        said = _COUNT.search(part.read(64 * 1024))
    return said is None or int(said[1]) <= package.size(package.strings)


def all_texts(package: Package) -> list[str]:
    """Give every shared string. Raises WorkbookError as `SharedStrings` does."""
    with SharedStrings(package) as strings:
        return strings.all()


class _Limited:
    """Reads a part up to a limit, beyond which it can only be meant to fill the disk."""

    def __init__(self, part: IO[bytes]) -> None:
        self._part, self._left = part, UNPACKED_LIMIT

    def read(self, size: int = -1, /) -> bytes:
        block = self._part.read(size)
        self._left -= len(block)
        if self._left < 0:
            raise WorkbookError("The workbook's strings are too many to be read.")
        return block


def text_of(item: ElementTree.Element) -> str:
    """Give the text of an `si` or `is` element: plain or in rich runs, without phonetic hints."""
    texts: list[str] = []
    for child in item:
        name = child.tag.rpartition("}")[2]
        if name == "t":
            texts.append(child.text or "")
        elif name == "r":
            texts += [t.text or "" for t in child if t.tag.rpartition("}")[2] == "t"]
    return unescape("".join(texts))


def unescape(text: str) -> str:
    """Give a text with `_x000D_` and the like as the characters that they stand for.

    ECMA-376 part 1, 22.9.2.19 (ST_Xstring).
    """
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text
