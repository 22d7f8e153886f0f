"""The official clients of Voice Live and of OpenAI Realtime hold one scripted conversation with a simulator.

    voicelive_client.py azure|openai http://127.0.0.1:PORT

Prints a line `ok ...` for each thing that went as it should, and ends with 1 at the first that did not.
"""

import asyncio
import base64
import sys

WITHIN = 20


def ok(what):
    print("ok", what, flush=True)


class Talk:
    """Receives, whichever client it is: both have recv() and events with a `type`."""

    def __init__(self, connection):
        self.connection = connection

    async def until(self, *types):
        while True:
            event = await asyncio.wait_for(self.connection.recv(), WITHIN)
            if event.type in types or getattr(event.type, "value", None) in types:
                ok(f"{types[0]}: {type(event).__name__}")
                return event


def session(azure, first):
    tool = {"type": "function", "name": "look", "description": "Looks.", "parameters": {"type": "object"}}
    if azure:
        if first:
            return {
                "modalities": ["text", "audio"],
                "instructions": "Be short.",
                "voice": {"type": "azure-standard", "name": "en-US-AvaNeural", "rate": "1.1"},
                "turn_detection": None,
                "tools": [tool],
            }
        return {"turn_detection": {"type": "server_vad", "threshold": 0.6}}
    if first:
        return {
            "type": "realtime",
            "instructions": "Be short.",
            "audio": {"input": {"turn_detection": None}, "output": {"voice": "marin"}},
            "tools": [tool],
        }
    return {"type": "realtime", "audio": {"input": {"turn_detection": {"type": "server_vad", "threshold": 0.6}}}}


def message(azure):
    """What the user says. Azure's client refuses an item that is a plain mapping."""
    if azure:
        from azure.ai.voicelive.models import InputTextContentPart, UserMessageItem

        return UserMessageItem(id="msg1", content=[InputTextContentPart(text="Look!")])
    return {"id": "msg1", "type": "message", "role": "user", "content": [{"type": "input_text", "text": "Look!"}]}


def output(azure, call):
    """What the tool says."""
    if azure:
        from azure.ai.voicelive.models import FunctionCallOutputItem

        return FunctionCallOutputItem(id="out1", call_id=call, output="calm")
    return {"id": "out1", "type": "function_call_output", "call_id": call, "output": "calm"}


async def converse(connection, azure):
    talk = Talk(connection)
    created = "conversation.item.created" if azure else "conversation.item.added"
    audio_delta = "response.audio.delta" if azure else "response.output_audio.delta"
    await talk.until("session.created")
    for first in (True, False):
        await connection.session.update(session=session(azure, first))
        await talk.until("session.updated")

    item = connection.conversation.item
    await item.create(item=message(azure))
    await talk.until(created)
    await connection.response.create()
    call = await talk.until("response.function_call_arguments.done")
    assert call.name == "look" and call.arguments == '{"at":"sea"}', call
    await talk.until("response.done")
    await item.create(item=output(azure, call.call_id))
    await talk.until(created)
    await connection.response.create()
    delta = await talk.until(audio_delta)
    data = delta.delta if isinstance(delta.delta, bytes) else base64.b64decode(delta.delta)
    assert len(data) == 4800, len(data)
    done = await talk.until("response.done")
    assert done.response.usage.total_tokens == 32, done
    ok("usage is there")

    silence = base64.b64encode(bytes(960)).decode()
    for _ in range(3):
        await connection.input_audio_buffer.append(audio=silence)
    await connection.input_audio_buffer.clear()
    await talk.until("input_audio_buffer.cleared")
    await item.retrieve(item_id="msg1")
    await talk.until("conversation.item.retrieved")
    await item.truncate(item_id="msg1", content_index=0, audio_end_ms=0)
    await talk.until("conversation.item.truncated")
    await item.delete(item_id="msg1")
    await talk.until("conversation.item.deleted")
    await item.delete(item_id="msg1")
    error = await talk.until("error")
    assert error.error.code == "item_not_found", error
    ok("the error names its code")
    await connection.response.create()
    await talk.until("response.created")
    await connection.response.cancel()
    done = await talk.until("response.done")
    assert str(getattr(done.response.status, "value", done.response.status)) == "cancelled", done
    ok("a cancelled response says so")


async def azure(url):
    from azure.ai.voicelive.aio import connect
    from azure.core.credentials import AzureKeyCredential

    async with connect(endpoint=url, credential=AzureKeyCredential("secret"), model="gpt-realtime") as connection:
        await converse(connection, True)


async def openai(url):
    from openai import AsyncOpenAI

    client = AsyncOpenAI(api_key="secret", base_url=url + "/v1", websocket_base_url=url.replace("http", "ws") + "/v1")
    async with client.realtime.connect(model="gpt-realtime") as connection:
        await converse(connection, False)


asyncio.run({"azure": azure, "openai": openai}[sys.argv[1]](sys.argv[2]))
