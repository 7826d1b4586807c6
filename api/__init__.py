"""HTTP: thin handlers that read a request, ask the store, and write the answer."""

from api.app import create_app
from api.server import CannotListen, serve
from api.settings import Settings

__all__ = ["CannotListen", "Settings", "create_app", "serve"]
