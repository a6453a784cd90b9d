"""Protocols of other systems, each whole in its folder."""
