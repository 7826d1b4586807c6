"""The first records: what was reported about Idlib in August 2019, ready to be appended."""

from importlib import resources


def events() -> bytes:
    """The seed events as NDJSON (UTF-8), one event a line, in the order to append them."""
    return resources.files(__name__).joinpath("idlib-2019.ndjson").read_bytes()
