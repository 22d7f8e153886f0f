"""What the modules beside this share: calling back, and a task that takes the events."""
from __future__ import annotations

import asyncio
import inspect
import logging
from typing import Any, Callable, Optional

Callback = Callable[..., Any]

#: The originals never let go of a link because their program is slow, and so these do not either.
PATIENT: Any = {"queue_overflow": "pause", "queue_max_events": 65_536, "queue_max_bytes": 256 << 20}


async def call_back(callback: Optional[Callback], logger: logging.Logger, *arguments: Any) -> None:
    """Calls a function that may be `async def`; what it raises is logged."""
    if callback is None:
        return
    try:
        result = callback(*arguments)
        if inspect.isawaitable(result):
            await result
    except asyncio.CancelledError:
        raise
    except Exception as fault:
        logger.error("Error in %s: %s", getattr(callback, "__name__", callback), fault)


async def end(task: Optional["asyncio.Task[Any]"]) -> None:
    """Ends a task, unless it is the one that asks for it."""
    if task is None or task is asyncio.current_task():
        return
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass


class Callbacks:
    """Functions by the name of the event that they want, as decorators or not."""

    def __init__(self, logger: logging.Logger) -> None:
        self.logger = logger
        self.table: dict[str, list[Callback]] = {}

    def on(self, name: str, callback: Optional[Callback] = None) -> Any:
        """Registers a function, or gives a decorator that does."""
        def register(function: Callback) -> Callback:
            self.table.setdefault(name, []).append(function)
            return function

        return register if callback is None else register(callback)

    def off(self, name: str, callback: Callback) -> None:
        """Forgets one of them."""
        if callback in self.table.get(name, []):
            self.table[name].remove(callback)

    async def emit(self, name: str, data: Any) -> None:
        """Calls them in their order."""
        for callback in tuple(self.table.get(name, ())):
            try:
                result = callback(data)
                if result is not None and inspect.isawaitable(result):
                    await result
            except asyncio.CancelledError:
                raise
            except Exception as fault:
                self.logger.error("Error in handler for '%s': %s", name, fault)
