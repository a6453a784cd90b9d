"""Importers: each is one file with ``read(source) -> Iterator[Incoming]``, and one line in
``import_formats.FORMATS``."""
