"""The last rows of the feed in memory: what was matched a moment ago is not read again when it is sent."""

from collections import OrderedDict
from collections.abc import Collection, Iterable

from ucity.cloud.ioc.store import Pool
from ucity.cloud.ioc.store.alterations import Altered, altered_at

_MOST = 5_000


class Recent:
    """``most``: alterations that are remembered."""

    def __init__(self, pool: Pool, most: int = _MOST) -> None:
        self._pool, self._most = pool, most
        self._rows: OrderedDict[int, Altered] = OrderedDict()
        self._size = 0

    def put(self, rows: Iterable[Altered]) -> None:
        """Remember these."""
        for row in rows:
            if row.seq not in self._rows:
                self._rows[row.seq] = row
                self._size += len(row.alterations)
        while self._size > self._most:
            _, gone = self._rows.popitem(last=False)
            self._size -= len(gone.alterations)

    async def get(self, seqs: Collection[int]) -> dict[int, Altered]:
        """What stands at these places of the feed, as far as it is still there."""
        found = {seq: self._rows[seq] for seq in seqs if seq in self._rows}
        if missing := set(seqs) - found.keys():
            read = await altered_at(self._pool, missing)
            self.put(read.values())
            found |= read
        return found
