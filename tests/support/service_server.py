"""A web server of this process on loopback, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import BaseRoute


class _PromptServer(uvicorn.Server):
    """Uvicorn looks whether it is to end ten times a second, which each test would wait for."""

    async def main_loop(self) -> None:
        while not self.should_exit:
            await self.on_tick(0)
            await asyncio.sleep(0.005)


class LoopbackServer:
    """Answers at `address` from `start` to `stop`. Port 0: any free one."""

    def __init__(self, routes: Sequence[BaseRoute], port: int = 0) -> None:
        config = uvicorn.Config(
            Starlette(routes=routes), host="127.0.0.1", port=port, log_config=None, log_level=60,
            lifespan="off", ws="none", http="h11", timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = _PromptServer(config)
        self._thread = threading.Thread(target=self._server.run, name="stand-in service", daemon=True)

    def start(self) -> None:
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("the stand-in service did not start")
            time.sleep(0.005)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)

    @property
    def address(self) -> str:
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def wait_until_quiet(self, within_s: float = 10.0) -> bool:
        """Whether nobody is connected and nothing is being answered any more; waits for that."""
        state, end = self._server.server_state, time.monotonic() + within_s
        while (state.connections or state.tasks) and time.monotonic() < end:
            time.sleep(0.005)
        return not state.connections and not state.tasks

    def hang_up(self, request: Request) -> None:
        """Break the connection that the request came by, without a word."""
        assert request.client is not None
        for connection in list(self._server.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None and transport.get_extra_info("peername") == tuple(request.client):
                transport.abort()
