"""The official Python client of Centrifugo, centrifuge-python, against a server at URL. Lines of the standard input tell
it to go on; it prints one line of JSON for each thing that it has seen."""
import asyncio
import json
import sys

from centrifuge import CentrifugeError, Client, ClientEventHandler, SubscriptionEventHandler
from centrifuge import DeltaType


def say(**what):
    print(json.dumps(what), flush=True)


class Seen(ClientEventHandler):
    async def on_connected(self, ctx):
        say(event="connected")

    async def on_disconnected(self, ctx):
        say(event="disconnected", code=ctx.code)

    async def on_subscribed(self, ctx):
        say(event="server-subscribed", channel=ctx.channel)

    async def on_publication(self, ctx):
        say(event="server-publication", channel=ctx.channel, data=ctx.pub.data)


class Heard(SubscriptionEventHandler):
    async def on_subscribed(self, ctx):
        say(event="subscribed", recovered=bool(getattr(ctx, "recovered", False)))

    async def on_publication(self, ctx):
        say(event="publication", data=ctx.pub.data, offset=ctx.pub.offset)

    async def on_unsubscribed(self, ctx):
        say(event="unsubscribed", code=ctx.code)


async def main():
    client = Client(sys.argv[1], events=Seen(), token=sys.argv[2], proxy=None)
    plain = client.new_subscription("plain", events=Heard(), recoverable=True, join_leave=True)
    delta = client.new_subscription("delta", events=Heard(), recoverable=True, delta=DeltaType.FOSSIL)
    await client.connect()
    await plain.subscribe()
    await delta.subscribe()
    await plain.ready()
    await delta.ready()
    await plain.publish({"from": "python"})
    result = await client.rpc("echo", {"x": 1})
    stats = await plain.presence_stats()
    presence = await plain.presence()
    history = await plain.history(limit=-1)
    try:
        await client.rpc("nope", {})
        error = None
    except CentrifugeError as fault:
        error = getattr(fault, "code", 0)
    say(event="called", rpc=result.data, clients=stats.num_clients, presence=len(presence.clients),
        history=len(history.publications), error=error)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    await client.disconnect()
    say(event="end")


asyncio.run(main())
