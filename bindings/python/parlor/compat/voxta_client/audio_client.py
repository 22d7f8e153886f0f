"""`VoxtaAudioClient` as voxta-client 0.2.0 has it, over the audio paths that Voxta's own clients use."""
from __future__ import annotations

import asyncio
import logging
from typing import Any, Callable, Optional

from ... import errors
from ...events import Audio
from ...services.voxta import VoxtaClient as Client
from .._tasks import call_back, end
from .client import _cookies


class VoxtaAudioClient:
    """Speech as PCM, apart from the conversation: 16-bit mono, 16 kHz from the microphone."""

    def __init__(self, url: str, logger: Optional[logging.Logger] = None) -> None:
        self.url = url.rstrip("/")
        self.logger = logger or logging.getLogger("VoxtaAudioClient")
        self._on_audio: Optional[Callable[[bytes], Any]] = None
        self._client: Optional[Client] = None
        self._task: Optional[asyncio.Task[None]] = None

    @property
    def running(self) -> bool:
        """Whether speech can come and go."""
        return self._client is not None and not self._client.destroyed

    async def connect(self, connection_token: str = "", cookies: Optional[dict[str, str]] = None) -> None:
        """Connects. The chat's speech is fetched and handed over as PCM; that it was played is reported."""
        client = Client(self.url, headers=_cookies(cookies), voxta_speech="pcm", voxta_acknowledge="library",
                        voxta_microphone_rate=16000, voxta_client="Voxta.AudioClient.Python", retry_max_attempts=1,
                        events_kinds="audio")
        try:
            await client.connect()
        except errors.ParlorError as fault:
            self.logger.error("Failed to connect to audio client: %s", fault)
            client.destroy()
            raise
        self._client = client
        self._task = asyncio.ensure_future(self._read(client))

    def on_audio(self, callback: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
        """Has a function called with each piece of speech; also as a decorator."""
        self._on_audio = callback
        return callback

    async def send_audio(self, pcm_data: bytes) -> None:
        """Sends what the microphone has picked up. While the server does not listen it is dropped."""
        if self._client is None or self._client.destroyed:
            return
        try:
            self._client.send_audio(pcm_data)
        except errors.WrongState as fault:
            self.logger.debug("%s", fault)
        except errors.ParlorError as fault:
            self.logger.error("Failed to send audio data: %s", fault)

    async def _read(self, client: Client) -> None:
        try:
            async for event in client:
                if isinstance(event, Audio) and event.data:
                    await call_back(self._on_audio, self.logger, event.data)
        except errors.ParlorError as fault:
            self.logger.error("Error in audio stream read loop: %s", fault)
            client.destroy()

    async def close(self) -> None:
        """Closes the connection."""
        client, self._client = self._client, None
        if client is not None and not client.destroyed:
            await client.__aexit__(None, None, None)
        task, self._task = self._task, None
        await end(task)
