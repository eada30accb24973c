"""The zip of a feed, opened as what a stranger sent: nothing is unpacked by its own name or beyond the limits."""

import codecs
import errno
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ucity.network.feeds.refusal import FeedRefused, Reason

MIB = 1024 * 1024
_CHUNK = 256 * 1024
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1
# What zipfile raises for archives that are damaged, made to hurt, or of a kind that it does not read.
_BAD = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
    OverflowError,
    IndexError,
    KeyError,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a feed may be, in bytes: zipped, each file unpacked, all files; and how far a file may be squeezed."""

    zip_bytes: int = 512 * MIB
    file_bytes: int = 4096 * MIB
    total_bytes: int = 6144 * MIB
    entries: int = 1000
    ratio: int = 250


LIMITS = Limits()
_SMALL = 16 * MIB
"""A file of so many bytes may be squeezed as far as it likes."""


class Archive:
    """The entries of a zip by file name, in its top folder or in the one folder that holds them all."""

    def __init__(self, opened: zipfile.ZipFile, limits: Limits) -> None:
        self._zip = opened
        self._limits = limits
        # Not by is_dir, which fails on an entry without a name.
        entries = [entry for entry in opened.infolist() if not entry.filename.endswith("/")]
        _check(entries, limits)
        self.folder, self._entries = _in_one_folder(entries)

    @property
    def names(self) -> frozenset[str]:
        """Names of its files, without the folder."""
        return frozenset(self._entries)

    def extract(self, name: str, to: Path) -> None:
        """Write the file's text to ``to``, without a byte order mark. FeedRefused: damaged, or not UTF-8."""
        damaged = FeedRefused(Reason.DAMAGED, "The file cannot be unpacked.", file=name)
        with _damage_is(damaged), self._zip.open(self._entries[name]) as source, to.open("wb") as target:
            _copy_utf8(source, target, name)  # type: ignore[arg-type]  # ZipExtFile is one, typeshed says IO[bytes]


@contextmanager
def opened(path: Path, limits: Limits) -> Iterator[Archive]:
    """The archive at ``path``. Raises FeedRefused when it is no zip, too large, or made to do harm."""
    size = path.stat().st_size
    if size > limits.zip_bytes:
        raise FeedRefused(Reason.TOO_LARGE, f"The file has {size} bytes; at most {limits.zip_bytes} are read.")
    with _damage_is(FeedRefused(Reason.NOT_A_ZIP, "The file is not a zip archive, or a damaged one.")):
        archive = zipfile.ZipFile(path)
    with archive:
        yield Archive(archive, limits)


@contextmanager
def _damage_is(refused: FeedRefused) -> Iterator[None]:
    """Raise this where the archive is at fault; a disk that fails, or is full, is not its fault."""
    try:
        yield
    except _BAD as error:
        raise refused from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # there is no place before the beginning of the file, where it points to
            raise
        raise refused from error


def _check(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(entries) > limits.entries:
        raise FeedRefused(Reason.TOO_LARGE, f"The archive has {len(entries)} files; at most {limits.entries} are read.")
    for entry in entries:
        _check_entry(entry, limits)
    if sum(entry.file_size for entry in entries) > limits.total_bytes:
        raise FeedRefused(Reason.TOO_LARGE, f"The archive unpacks to more than {limits.total_bytes} bytes.")
    names = [entry.filename for entry in entries]
    if len(set(names)) < len(names):
        raise FeedRefused(Reason.HOSTILE_ARCHIVE, "The archive has two files of the same name.")


def _check_entry(entry: zipfile.ZipInfo, limits: Limits) -> None:
    name = entry.filename
    # orig_filename still has the backslashes and what follows a NUL byte.
    path = PurePosixPath(entry.orig_filename.replace("\\", "/"))
    if not path.parts:
        raise FeedRefused(Reason.HOSTILE_ARCHIVE, "The archive has a file without a name.")
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0] or "\0" in entry.orig_filename:
        raise FeedRefused(Reason.HOSTILE_ARCHIVE, "The archive has a file whose name leads out of it.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise FeedRefused(Reason.HOSTILE_ARCHIVE, "The archive has a link in place of a file.")
    if entry.flag_bits & _ENCRYPTED:
        raise FeedRefused(Reason.HOSTILE_ARCHIVE, "The archive is encrypted.")
    if entry.compress_type not in _METHODS:
        raise FeedRefused(Reason.HOSTILE_ARCHIVE, "The archive is packed in another way than zip's deflate.")
    if entry.file_size > limits.file_bytes:
        raise FeedRefused(Reason.TOO_LARGE, f"It unpacks to more than {limits.file_bytes} bytes.", file=name)
    if entry.file_size > _SMALL and entry.file_size > limits.ratio * max(1, entry.compress_size):
        raise FeedRefused(Reason.HOSTILE_ARCHIVE, f"It unpacks to more than {limits.ratio} times its size.", file=name)


def _in_one_folder(entries: list[zipfile.ZipInfo]) -> tuple[str, dict[str, zipfile.ZipInfo]]:
    """The folder that holds stops.txt ('' when that is the top), and its files by name."""
    paths = {PurePosixPath(entry.filename): entry for entry in entries}
    folders = {path.parent for path in paths if path.name == "stops.txt" and "__MACOSX" not in path.parts}
    folder = PurePosixPath() if PurePosixPath() in folders or len(folders) != 1 else folders.pop()
    found = {path.name: entry for path, entry in paths.items() if path.parent == folder}
    return "" if folder == PurePosixPath() else str(folder), found


def _copy_utf8(source: BinaryIO, target: BinaryIO, name: str) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    done = 0
    while True:
        chunk = source.read(_CHUNK)
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            raise FeedRefused(
                Reason.WRONG_ENCODING, f"It is not UTF-8 (near byte {done + error.start}).", file=name
            ) from error
        if not chunk:
            return
        target.write(chunk.removeprefix(codecs.BOM_UTF8) if done == 0 else chunk)
        done += len(chunk)
