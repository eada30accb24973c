"""ucity: an open cloud for a whole city."""

from importlib.metadata import version

__version__ = version("ucity")
