"""Who may do what: decided here and nowhere else, and denied unless something here allows it."""

from ucity.cloud.ioc.policy.access import Access
from ucity.cloud.ioc.policy.announcements import Announcement, Announcements, hear_credentials
from ucity.cloud.ioc.policy.authenticator import Authenticator
from ucity.cloud.ioc.policy.credentials import ApiKey, Credentials, Device
from ucity.cloud.ioc.policy.predicate import Predicate
from ucity.cloud.ioc.policy.principal import ANYONE, Principal, Scope
from ucity.cloud.ioc.policy.watches import Watches

__all__ = [
    "ANYONE",
    "Access",
    "Announcement",
    "Announcements",
    "ApiKey",
    "Authenticator",
    "Credentials",
    "Device",
    "Predicate",
    "Principal",
    "Scope",
    "Watches",
    "hear_credentials",
]
