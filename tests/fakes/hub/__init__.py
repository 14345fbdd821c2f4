"""A Hugging Face Hub for tests: the protocol as the released client reads it, served on the loopback interface."""

from tests.fakes.hub.blobs import DiskFile
from tests.fakes.hub.hub import FakeHub
from tests.fakes.hub.lies import Lie
from tests.fakes.hub.messages import Request
from tests.fakes.hub.repo import Repo

__all__ = ["DiskFile", "FakeHub", "Lie", "Repo", "Request"]
