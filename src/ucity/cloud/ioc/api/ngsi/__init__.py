"""The NGSI-LD API: the city's data as entities, for departments, vendors and every tool that speaks it."""

from ucity.cloud.ioc.api.ngsi.app import ngsi_ld
from ucity.cloud.ioc.api.ngsi.exchange import told
from ucity.cloud.ioc.api.ngsi.services import NgsiServices

__all__ = ["NgsiServices", "ngsi_ld", "told"]
