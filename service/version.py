"""The release, as the metadata of the installed package say."""

from importlib.metadata import version

VERSION = version("leave-a-reply")
