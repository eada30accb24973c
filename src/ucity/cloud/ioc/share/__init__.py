"""The ways out: what services' views, the live map and other departments may see, each under policy's predicate."""

from ucity.cloud.ioc.share.city import SharedCity

__all__ = ["SharedCity"]
