"""Errors as NGSI-LD names them, on top of the city's own tree.

    BadInput
    ├── InvalidRequest         400  the request cannot be read at all
    ├── BadRequestData         400  it can be read, and what it says cannot be
    ├── NotAcceptable          406  none of the media types that the client takes
    └── LengthRequired         411  no Content-Length
    NotFound
    ├── ResourceNotFound       404
    └── NonexistentTenant      404
    Conflict ── AlreadyExists  409
    Unprocessable ── OperationNotSupported  422
    Forbidden
    ├── TooComplexQuery        403
    └── TooManyResults         403
    UcityError ── LdContextNotAvailable     504  or 503, as the city is set

Source: ETSI GS CIM 009 V1.9.1, clauses 5.5.2, 5.5.3 and 6.3.2. An error of the city itself that reaches a client of
this API takes the type that comes nearest; where none does, ``about:blank``.
"""

from typing import Any

from ucity.cloud.ioc.policy.names import NGSI_LD
from ucity.errors import BadInput, Conflict, Forbidden, NotFound, TooLarge, UcityError, Unprocessable, UnsupportedMedia


class InvalidRequest(BadInput):
    """Not JSON, not the right form, or a parameter that the operation does not know."""

    title = "Invalid request"


class BadRequestData(BadInput):
    """Well-formed, but not what the data model or the operation allows."""

    title = "Bad request data"


class NotAcceptable(BadInput):
    """The client takes none of the representations that there are."""

    status = 406
    title = "Not acceptable"


class LengthRequired(BadInput):
    """A body without its length."""

    status = 411
    title = "Length required"


class MethodNotAllowed(BadInput):
    """The resource exists and has no such method. ``allow``: the methods that it has."""

    status = 405
    title = "Method not allowed"

    def __init__(self, allow: str) -> None:
        super().__init__(f"This resource answers to {allow}.")
        self.allow = allow

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": self.allow}


class ResourceNotFound(NotFound):
    """No such entity or attribute, or none that the asker may know of."""

    title = "Resource not found"


class NonexistentTenant(NotFound):
    """No such tenant, or not the asker's."""

    title = "No such tenant"


class AlreadyExists(Conflict):
    """There is an entity with this id already."""

    title = "Already exists"


class OperationNotSupported(Unprocessable):
    """NGSI-LD defines it, this city does not do it."""

    title = "Operation not supported"


class TooComplexQuery(Forbidden):
    """The query takes longer than the city gives it."""

    title = "Query too complex"


class TooManyResults(Forbidden):
    """More was asked for in one piece than the city gives."""

    title = "Too many results"


class LdContextNotAvailable(UcityError):
    """A JSON-LD context that the request names cannot be had."""

    status = 504
    title = "JSON-LD context not available"


_TYPES: tuple[tuple[type[UcityError], str], ...] = (
    (InvalidRequest, "InvalidRequest"),
    (NonexistentTenant, "NonexistentTenant"),
    (Unprocessable, "OperationNotSupported"),
    (TooComplexQuery, "TooComplexQuery"),
    (TooManyResults, "TooManyResults"),
    (LdContextNotAvailable, "LdContextNotAvailable"),
    (NotFound, "ResourceNotFound"),
    (Conflict, "AlreadyExists"),
)
_NAMELESS = (NotAcceptable, LengthRequired, MethodNotAllowed, TooLarge, UnsupportedMedia)


def problem(error: UcityError) -> dict[str, Any]:
    """The error as the problem document that NGSI-LD asks for."""
    name = next((name for kind, name in _TYPES if isinstance(error, kind)), None)
    if name is None and isinstance(error, BadInput) and not isinstance(error, _NAMELESS):
        name = "BadRequestData"
    if name is None and type(error).status == UcityError.status:
        name = "InternalError"
    return {**error.problem(), "type": f"{NGSI_LD}errors/{name}" if name else "about:blank"}
