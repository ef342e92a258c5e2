"""A web server of this process on loopback, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import BaseRoute


class _PromptServer(uvicorn.Server):
    """Uvicorn looks whether it is to end ten times a second, which each test would wait for; this one is told."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = threading.Event()

    async def main_loop(self) -> None:
        self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
        self.is_up.set()
        while not self.should_exit:
            await self.on_tick(0)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), 1)

    def end(self) -> None:
        """To be called from another thread, once it is up."""
        self.should_exit = True
        with suppress(RuntimeError):  # it has ended before
            self._loop.call_soon_threadsafe(self._ending.set)


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
        while not self._server.is_up.wait(0.1):
            if not self._thread.is_alive():
                raise RuntimeError("the stand-in service did not start")

    def stop(self) -> None:
        self._server.end()
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
