"""Edge: what kind of file is this? Opens it as what it is, whatever its name says."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path

from importer.errors import WorkbookError
from importer.workbook.options import ReadOptions
from importer.workbook.package import Package
from importer.workbook.source import Source, open_xlsx, protected

_OLE = b"\xd0\xcf\x11\xe0"
_TEXT_SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".tab"})
_KINDS = (
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)


def open_source(path: Path, options: ReadOptions) -> Source:
    """Open a workbook, a folder or zip of .csv files, or one .csv file.

    Raises WorkbookError, in one sentence with a remedy, for whatever can't be used.
    """
    _refuse_lock_file(path)
    if not path.exists():
        raise WorkbookError(f"There is no file {path}.", "Check the name and the folder.")
    if path.is_dir():
        from importer.workbook.delimited import open_folder

        return open_folder(path, options)
    _refuse_open_elsewhere(path)
    head = _head(path)
    if not head:
        raise WorkbookError(f"{path.name} is empty (0 bytes).", "Save the workbook again.")
    if head[:4] == _OLE:  # before the zip's: newer Excel puts a zipped theme into every .xls file
        if _encrypted(head):
            raise protected(path)
        from importer.workbook.legacy import open_xls

        return open_xls(path, options.limits)
    if head[:4] == b"PK\x03\x04" or zipfile.is_zipfile(path):
        return _open_zip(path, options)
    if path.suffix.casefold() in _TEXT_SUFFIXES:
        from importer.workbook.delimited import open_file

        return open_file(path, options)
    raise WorkbookError(
        f"{path.name} is not a workbook{_what(head)}.",
        "Open it in Excel, save it as an Excel workbook (.xlsx), and try again.",
    )


def digest(path: Path) -> str:
    """Give SHA-256 (hex) of a file; of a folder, that of the names and contents of its files."""
    if not path.is_dir():
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    from importer.workbook.delimited import files_of

    whole = hashlib.sha256()
    for file in files_of(path):
        whole.update(f"{file.name}\0{digest(file)}\n".encode())
    return whole.hexdigest()


def _refuse_lock_file(path: Path) -> None:
    if path.name.startswith(("~$", ".~lock.")):
        raise WorkbookError(
            f"{path.name} is the lock file of an open workbook, not the workbook.",
            "Give the workbook itself.",
        )


def _refuse_open_elsewhere(path: Path) -> None:
    for lock in (path.parent / f"~${path.name}", path.parent / f".~lock.{path.name}#"):
        if os.path.lexists(lock):  # unlike exists(), not for names that are too long
            raise WorkbookError(
                f"{path.name} is open in Excel or LibreOffice, so it may not be saved yet.",
                f"Save it and close it there. If it isn't open anywhere, delete {lock.name}.",
            )


def _head(path: Path) -> bytes:
    """Give the first 2 MB of a file."""
    try:
        with path.open("rb") as stream:
            return stream.read(2 * 1024**2)
    except PermissionError as error:
        raise WorkbookError(
            f"{path} can't be opened: this user has no permission to read it.",
            "Ask its owner for permission, or copy the file somewhere else.",
        ) from error
    except OSError as error:
        raise WorkbookError(f"{path} can't be read: {error.strerror}.") from error


def _open_zip(path: Path, options: ReadOptions) -> Source:
    with Package(path) as package:
        workbook, names = package.workbook, package.parts
    if workbook and workbook.casefold().endswith(".bin"):
        from importer.workbook.binary import open_xlsb

        return open_xlsb(path, options.limits)
    if workbook:
        return open_xlsx(path, options.limits)
    if "content.xml" in names:
        from importer.workbook.opendocument import open_ods

        return open_ods(path, options.limits)
    if any(name.casefold().endswith(".csv") for name in names):
        from importer.workbook.delimited import open_zip

        return open_zip(path, options)
    raise WorkbookError(
        f"{path.name} is a zip file, but neither a workbook nor a collection of .csv files.",
        "Give the workbook itself, or a zip with one .csv file for each sheet.",
    )


def _encrypted(head: bytes) -> bool:
    return "EncryptedPackage".encode("utf-16-le") in head


def _what(head: bytes) -> str:
    """Say what a file is that is no workbook: ` but a PDF`; "" when it isn't known."""
    for start, words in _KINDS:
        if head.startswith(start):
            return f" but {words}"
    start = head[:2048].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<head", b"<meta", b"<style")):
        return " but a web page (HTML)"
    if start.startswith(b"<?xml") or b"urn:schemas-microsoft-com:office:spreadsheet" in start:
        return " but an XML file"
    return ""
