"""Query parameters of requests. Source: ETSI GS CIM 009 V1.9.1, clauses 6.3.7, 6.3.10, 6.3.11, 6.3.13 and 6.3.20.

A parameter that the operation does not know is refused, as clause 6.3.20 has it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from ucity.cloud.ioc.api.ngsi.durations import read_duration
from ucity.cloud.ioc.api.ngsi.errors import BadRequestData, InvalidRequest, TooManyResults
from ucity.cloud.ioc.api.ngsi.lexical import shown, uri
from ucity.cloud.ioc.api.ngsi.render import Form

_MOST = 100
EVERYWHERE = frozenset({"local"})
"""Any operation can be limited to what is here (clause 5.5.13), which it is anyway."""
_FORMS = {
    "normalized": Form.NORMALIZED,
    "concise": Form.CONCISE,
    "simplified": Form.SIMPLIFIED,
    "keyValues": Form.SIMPLIFIED,
}
_FARTHEST = 10**9
ELSEWHERE = "csf splitEntities"
"""They tell which of other brokers to ask and how, of which there are none."""
MAPS = "entityMap entityMapLifetime"
"""They ask for the location of an entity map, which is not told where there are none (clause 5.5.14)."""


@dataclass(frozen=True)
class Accepted:
    """The parameters of an operation. ``options``: values of ``options`` that it knows."""

    known: frozenset[str] = frozenset()
    options: frozenset[str] = frozenset()


def accepted(known: str = "", *, options: str = "") -> Accepted:
    """Names separated by spaces."""
    return Accepted(frozenset(known.split()), frozenset(options.split()))


@dataclass(frozen=True)
class Parameters:
    """Parameters of one request; those given several times are lists."""

    given: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """The value as it was given; None when it was not. Raises BadRequestData when it is empty."""
        value = self.given.get(name)
        if value == "":
            raise BadRequestData(f"The parameter {name} is empty.")
        return value

    def flag(self, name: str) -> bool:
        """True or false, false when not given."""
        value = self.given.get(name, "false")
        if value not in ("true", "false"):
            raise BadRequestData(f"The parameter {name} is true or false, not {shown(value)}.")
        return value == "true"

    def number(self, name: str, default: int, most: int = _FARTHEST) -> int:
        """A whole number from 0."""
        value = self.given.get(name)
        if value is None:
            return default
        if not (value.isascii() and value.isdigit() and len(value) <= 12):
            raise BadRequestData(f"The parameter {name} is a whole number from 0, not {shown(value)}.")
        if int(value) > most:
            raise TooManyResults(f"The parameter {name} is at most {most}.")
        return int(value)

    def options(self) -> frozenset[str]:
        """What is listed in ``options``."""
        value = self.text("options")
        return frozenset(value.split(",")) if value else frozenset()

    def form(self) -> Form:
        """The representation that is asked for: by ``format``, or else by ``options``."""
        if (name := self.text("format")) is not None:
            if name not in _FORMS:
                raise BadRequestData(f"format is one of {', '.join(_FORMS)}, not {shown(name)}.")
            return _FORMS[name]
        forms = {_FORMS[each] for each in self.options() if each in _FORMS}
        if len(forms) > 1:
            raise BadRequestData("options asks for several representations.")
        return next(iter(forms), Form.NORMALIZED)

    def datasets(self) -> frozenset[str | None] | None:
        """datasetIds to be shown, None standing for the default instance; None when all are."""
        value = self.text("datasetId")
        if value is None:
            return None
        return frozenset(None if each == "@none" else uri(each, "datasetId") for each in value.split(","))


def read_parameters(query: bytes, operation: Accepted) -> Parameters:
    """The parameters of a request's query string. Raises InvalidRequest for others than the operation takes."""
    if not query:
        return _NONE
    try:
        pairs = parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST)
    except ValueError:
        raise InvalidRequest(f"There are more than {_MOST} parameters.") from None
    given: dict[str, str] = {}
    for name, value in pairs:
        _check(name, value, operation)
        # No scope has a space in it: this was a + that nobody encoded.
        said = value.replace(" ", "+") if name == "scopeQ" else value
        given[name] = f"{given[name]},{said}" if name in given else said
    parameters = Parameters(given)
    if strange := parameters.options() - operation.options:
        raise BadRequestData(f"options has {shown(min(strange))}, which this operation does not know.")
    for name in (*EVERYWHERE, "splitEntities", "entityMap"):
        parameters.flag(name)
    if (lifetime := parameters.text("entityMapLifetime")) is not None:
        read_duration(lifetime, "entityMapLifetime")
    return parameters


_NONE = Parameters()


def _check(name: str, value: str, operation: Accepted) -> None:
    known = name in operation.known or name in EVERYWHERE or (name == "options" and operation.options)
    if not known:
        raise InvalidRequest(f"This operation knows no parameter {shown(name)}.")
    if "\x00" in value:
        raise BadRequestData(f"The parameter {name} holds the character NUL.")
