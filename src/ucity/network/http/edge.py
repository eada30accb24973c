"""Puts the parts of the edge around an application, in their order."""

from collections.abc import Mapping
from dataclasses import dataclass

from ucity.network.http.access import AccessLog
from ucity.network.http.addresses import Addresses
from ucity.network.http.admission import Admission, Authenticate
from ucity.network.http.asgi import ASGIApp
from ucity.network.http.bodies import Bodies, Uploads
from ucity.network.http.problems import Problems, Teller
from ucity.network.http.security import Headers, SecurityHeaders
from ucity.network.limits import Buckets


@dataclass(frozen=True)
class Limits:
    """``body_bytes``: of a request's body, also after it is unpacked. ``requests_per_minute``: from one key or device,
    or without either from one address. ``uploads``: where bodies may be larger."""

    body_bytes: int = 16 << 20
    requests_per_minute: int = 6000
    uploads: Uploads | None = None


def edge(
    app: ASGIApp,
    *,
    authenticate: Authenticate,
    limits: Limits,
    tellers: Mapping[str, Teller] | None = None,
    headers: Headers = (),
) -> ASGIApp:
    """``app`` behind the whole edge. It finds who asks in ``scope["state"]["principal"]``. ``tellers``: see
    ``Problems``. ``headers``: of every answer."""
    app = Addresses(Bodies(app, limit=limits.body_bytes, uploads=limits.uploads))
    app = Admission(app, authenticate=authenticate, requests=Buckets(limits.requests_per_minute))
    return AccessLog(SecurityHeaders(Problems(app, tellers), headers))
