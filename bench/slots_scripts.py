"""The scripts that `bench.slots` measures by: what a user would write, and the same for Daft."""

from __future__ import annotations

SCRIPT = """
import asyncio, base64, pathlib, sys
from openai import AsyncOpenAI

async def main(folder, url, at_once):
    client, slots = AsyncOpenAI(base_url=url, api_key="sk-bench", max_retries=0), asyncio.Semaphore(at_once)
    async def ask(path):
        async with slots:
            data = "data:;base64," + base64.b64encode(path.read_bytes()).decode()
            sound = {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}
            content = [sound, {"type": "text", "text": "Describe it."}]
            messages = [{"role": "user", "content": content}]
            how = {"stream": True, "stream_options": {"include_usage": True}, "modalities": ["text"]}
            stream = await client.chat.completions.create(model="qwen3.5-omni-flash", messages=messages, **how)
            return "".join([c.choices[0].delta.content or "" async for c in stream if c.choices])
    paths = sorted(pathlib.Path(folder).iterdir())
    assert all(await asyncio.gather(*map(ask, paths)))

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""

DAFT = """
import asyncio, base64, pathlib, sys
import daft
from openai import AsyncOpenAI

@daft.cls
class Asker:
    def __init__(self, url: str, at_once: int):
        self.client = AsyncOpenAI(base_url=url, api_key="sk-bench", max_retries=0)
        self.at_once, self.slots = at_once, None

    @daft.method
    async def ask(self, path: str) -> str:
        self.slots = self.slots or asyncio.Semaphore(self.at_once)
        async with self.slots:
            data = "data:;base64," + base64.b64encode(pathlib.Path(path).read_bytes()).decode()
            sound = {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}
            messages = [{"role": "user", "content": [sound, {"type": "text", "text": "Describe it."}]}]
            how = {"stream": True, "stream_options": {"include_usage": True}, "modalities": ["text"]}
            stream = await self.client.chat.completions.create(model="qwen3.5-omni-flash", messages=messages, **how)
            return "".join([c.choices[0].delta.content or "" async for c in stream if c.choices])

paths = sorted(map(str, pathlib.Path(sys.argv[1]).iterdir()))
asker = Asker(sys.argv[2], int(sys.argv[3]))
frame = daft.from_pydict({"path": paths}).with_column("answer", asker.ask(daft.col("path")))
assert all(frame.to_pydict()["answer"])
"""
