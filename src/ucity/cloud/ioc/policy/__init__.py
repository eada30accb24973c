"""Who may do what: decided here and nowhere else, and denied unless something here allows it."""

from ucity.cloud.ioc.policy.access import Access
from ucity.cloud.ioc.policy.predicate import Predicate
from ucity.cloud.ioc.policy.principal import ANYONE, Principal, Scope

__all__ = ["ANYONE", "Access", "Predicate", "Principal", "Scope"]
