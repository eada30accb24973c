"""Subscriptions to be told apart by what their selections make necessary."""

from collections.abc import Iterator
from itertools import chain

from ucity.cloud.ioc.share.notify.narrow import places, scopes, values
from ucity.cloud.ioc.share.notify.narrow.marks import Mark, Marks, Question, Tray
from ucity.cloud.ioc.store import Document
from ucity.cloud.ioc.store.query.terms import Selection

FEW = 4
"""Subscriptions that are not worth telling apart."""
_MOST_MARKS = 32
_MOST_QUESTIONS = 64
"""About one attribute: each is answered for every document that has it."""


def marks_of(selection: Selection) -> Iterator[Marks]:
    """All that a selection makes necessary besides ids and types, what is most telling first."""
    if selection.query is not None:
        yield from values.marks_of(selection.query)
    if selection.place is not None:
        yield from places.marks_of(selection.place)
    if selection.scopes is not None:
        yield from scopes.marks_of(selection.scopes)


class Shelf:
    """Keys of subscriptions. The first ``few`` are found by whatever is looked for, and so are those that nothing tells
    apart; each of the others stands at the marks that it shares with the fewest."""

    def __init__(self, few: int = FEW) -> None:
        self._few = few
        self._plain: set[int] = set()
        self._marks: dict[int, Marks] = {}
        self._trays: dict[str, dict[Question, Tray]] = {}

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._plain or self._marks)

    def put(self, key: int, selection: Selection) -> None:
        """Take in one that is not there."""
        known = self._telling(selection) if len(self._plain) >= self._few else []
        if not known:
            self._plain.add(key)
            return
        fewest = min(known, key=lambda marks: sum(map(self._crowd, marks)))
        self._marks[key] = tuple(dict.fromkeys(fewest))
        for question, answer in self._marks[key]:
            trays = self._trays.setdefault(question.attribute, {})
            if question not in trays:
                trays[question] = question.tray()
            trays[question].put(answer, key)

    def remove(self, key: int) -> None:
        """Forget one."""
        self._plain.discard(key)
        for question, answer in self._marks.pop(key, ()):
            trays = self._trays[question.attribute]
            trays[question].remove(answer, key)
            if not trays[question]:
                del trays[question]
            if not trays:
                del self._trays[question.attribute]

    def find(self, document: Document) -> set[int]:
        """All that may mean this document. What is wrong with a document tells nobody apart: all are to be held against
        it, so that it costs only those anything who look at what is wrong."""
        try:
            return set(self._found(document))
        except Exception:  # noqa: BLE001 - whatever it is, it must not hold up those after it
            return {*self._plain, *self._marks}

    def _found(self, document: Document) -> Iterator[int]:
        asked = (self._trays[name] for name in document.attrs if name in self._trays) if self._trays else ()
        trays = chain.from_iterable(each.items() for each in asked)
        return chain(self._plain, *(tray.find(question.answers(document)) for question, tray in trays))

    def _telling(self, selection: Selection) -> list[Marks]:
        try:
            found = list(marks_of(selection))
        except Exception:  # noqa: BLE001 - whoever asks for what is wrong is to be held against all
            return []
        return [each for each in found if len(each) <= _MOST_MARKS and all(map(self._has_room, each))]

    def _has_room(self, mark: Mark) -> bool:
        trays = self._trays.get(mark.question.attribute, {})
        return len(trays) < _MOST_QUESTIONS or mark.question in trays

    def _crowd(self, mark: Mark) -> float:
        tray = self._trays.get(mark.question.attribute, {}).get(mark.question)
        return tray.crowd(mark.answer) if tray else 0
