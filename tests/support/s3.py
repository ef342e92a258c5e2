"""An S3 server on loopback: moto's, which speaks the real protocol over HTTP, and forgets everything at the end."""

from __future__ import annotations

import logging
import uuid
from types import TracebackType

import fsspec
from moto.server import ThreadedMotoServer

KEY, SECRET = "AKIDTESTONLY0001", "secret-of-the-tests-0123456789"


class S3Server:
    """A server in a thread of its own, as a context manager."""

    def __init__(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for each request
        self._server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)

    def __enter__(self) -> S3Server:
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.address = f"http://{host}:{port}"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.stop()

    @property
    def env(self) -> dict[str, str]:
        """What the usual libraries read to come here."""
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def new_bucket() -> str:
    """The address of an empty bucket at the server that this process's environment names."""
    name = f"bucket-{uuid.uuid4().hex[:12]}"
    fsspec.filesystem("s3", use_listings_cache=False).mkdir(name)
    return f"s3://{name}"
