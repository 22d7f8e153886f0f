"""The official clients of Voice Live and of OpenAI Realtime go through tables of sessions and of messages.

    voicelive_tables.py azure|openai http://127.0.0.1:PORT TABLES.json

TABLES.json holds `session` (pairs of a member and its value), `client` (pairs of a name and the members of a message) and
`events` (messages of the service as JSON texts). Each session and each client message is sent, typed where the client has
a type for it. Each event is sent by the simulator, and what the client makes of it is printed:

    event TYPE CLASS equal|different|untyped
"""

import asyncio
import json
import sys
import urllib.request

WITHIN = 20


def say(url, text):
    body = json.dumps({"text": text}).encode()
    request = urllib.request.Request(url + "/sim/send_text", body, {"content-type": "application/json"})
    urllib.request.urlopen(request, timeout=WITHIN).read()


async def until(connection, type_):
    while True:
        event = await asyncio.wait_for(connection.recv(), WITHIN)
        if getattr(event.type, "value", event.type) == type_:
            return event


async def play(connection, url, tables, update, send, known, plain):
    await until(connection, "session.created")
    for name, value in tables["session"]:
        print("session", name, await update(name, value), flush=True)
        await until(connection, "session.updated")
    for name, members in tables["client"]:
        print("client", name, await send(name, members), flush=True)
    for text in tables["events"]:
        sent = json.loads(text)
        await asyncio.to_thread(say, url, text)
        # What was answered to the messages above is of no interest here; it has other ids.
        event = await asyncio.wait_for(connection.recv(), WITHIN)
        while plain(event).get("event_id") != sent["event_id"]:
            event = await asyncio.wait_for(connection.recv(), WITHIN)
        verdict = "equal" if plain(event) == sent else f"different: {plain(event)} for {sent}"
        if sent["type"] not in known:
            verdict = "untyped"
        print("event", sent["type"], type(event).__name__, verdict, flush=True)


def azure_class(name):
    from azure.ai.voicelive import models

    words = name.replace(".", "_").split("_")
    return getattr(models, "ClientEvent" + "".join(word.capitalize() for word in words), None)


async def azure(url, tables):
    from azure.ai.voicelive.aio import connect
    from azure.ai.voicelive.models import ClientEventSessionUpdate, RequestSession, ServerEventType
    from azure.core.credentials import AzureKeyCredential

    async with connect(endpoint=url, credential=AzureKeyCredential("secret"), model="gpt-realtime") as connection:

        async def update(name, value):
            await connection.send(ClientEventSessionUpdate(session=RequestSession({name: value})))
            return "typed"

        async def send(name, members):
            kind = azure_class(name)
            await connection.send(kind(members) if kind else {**members, "type": name})
            return "typed" if kind else "untyped"

        known = {member.value for member in ServerEventType}
        await play(connection, url, tables, update, send, known, lambda event: event.as_dict())


async def openai(url, tables):
    from typing import get_args

    from openai import AsyncOpenAI
    from openai.types.realtime import RealtimeServerEvent

    client = AsyncOpenAI(api_key="secret", base_url=url + "/v1", websocket_base_url=url.replace("http", "ws") + "/v1")
    known = set()
    for kind in get_args(get_args(RealtimeServerEvent)[0]):
        known.update(get_args(kind.model_fields["type"].annotation))
    async with client.realtime.connect(model="gpt-realtime") as connection:

        async def update(name, value):
            await connection.session.update(session={"type": "realtime", name: value})
            return "typed"

        async def send(name, members):
            await connection.send({**members, "type": name})
            return "typed"

        # What it has read into a field, and what stood there: a null that it does not know is left out.
        def plain(event):
            return event.to_dict(exclude_unset=True)

        await play(connection, url, tables, update, send, known, plain)


with open(sys.argv[3]) as file:
    TABLES = json.load(file)
asyncio.run({"azure": azure, "openai": openai}[sys.argv[1]](sys.argv[2], TABLES))
