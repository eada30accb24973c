"""The object store: files under names, in a folder or in S3. A name that is there has its whole content."""

import os
from collections.abc import AsyncGenerator
from datetime import datetime
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from ucity.errors import NotFound, Unavailable

_PIECE = 4 << 20


class Objects:
    """``put`` may overwrite: names tell their content, so it is the same. Raises Unavailable when the store is away."""

    def __init__(self, store: ObjectStore, folder: Path | None = None) -> None:
        self._store, self._folder = store, folder

    async def put(self, name: str, file: Path) -> None:
        """Keep a copy of ``file``; it is durable afterwards."""
        try:
            await obstore.put_async(self._store, name, file)
        except (BaseError, OSError) as error:
            raise _away() from error
        if self._folder:
            _sync(self._folder / name)

    async def get(self, name: str, into: Path) -> None:
        """Write it to a file. Raises NotFound."""
        with into.open("wb") as out:
            async for piece in self.stream(name):
                out.write(piece)

    async def stream(self, name: str) -> AsyncGenerator[bytes]:
        """Its content, piece by piece. Raises NotFound."""
        try:
            found = await obstore.get_async(self._store, name)
            async for piece in found.stream(min_chunk_size=_PIECE):
                yield bytes(piece)
        except FileNotFoundError as error:
            raise NotFound(f"There is no object {name}.") from error
        except (BaseError, OSError) as error:
            raise _away() from error

    async def names(self, prefix: str) -> list[tuple[str, datetime]]:
        """Names under ``prefix`` (whole parts of a path), with the time of each."""
        try:
            return [
                (each["path"], each["last_modified"])
                async for batch in obstore.list(self._store, prefix)
                for each in batch
            ]
        except (BaseError, OSError) as error:
            raise _away() from error

    async def delete(self, name: str) -> None:
        """Forget it; no error when it is not there."""
        try:
            await obstore.delete_async(self._store, name)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise _away() from error


def open_objects(where: str | None, data: Path) -> Objects:
    """The store at a URL (``s3://bucket/folder`` ...; credentials come from the environment, as every S3 tool reads
    them), or in ``objects/`` of the data folder."""
    if where:
        return Objects(from_url(where))
    folder = data / "objects"
    folder.mkdir(parents=True, exist_ok=True)
    return Objects(LocalStore(folder), folder)


def _sync(file: Path) -> None:
    for path in (file, file.parent):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _away() -> Unavailable:
    return Unavailable("The city's object store is not answering. Try again in a moment.", retry_after=5)
