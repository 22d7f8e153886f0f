"""Takes a flood in from Python and prints what it has cost, as one line of JSON: flood.py HOW URL EVENTS

HOW: `iterate`, `asyncio`, `handlers` with this package; `compat`, this package behind the interface of the gateway's own
client; `original`, that client, where it is installed. Everybody looks at the kind and at the text of each event.
"""
import asyncio
import json
import sys
import time

how, url, expected = sys.argv[1], sys.argv[2], int(sys.argv[3])
NAMES = ["sentence_ready", "dialogue_received", "ai_state_changed"]


class Count:
    """Counts from the first event on."""

    def __init__(self):
        self.seen = self.characters = 0
        self.began = None

    def report(self):
        cpu, wall, first = self.began
        events = self.seen - first
        print(json.dumps({"events": events, "all": self.seen, "characters": self.characters,
                          "cpu_ns": time.process_time_ns() - cpu, "wall_ns": time.monotonic_ns() - wall}))

    def begin(self):
        self.began = (time.process_time_ns(), time.monotonic_ns(), self.seen)


count = Count()


def ours():
    import parlor
    kinds = (parlor.Kind.SENTENCE, parlor.Kind.MESSAGE, parlor.Kind.AI_STATE)
    client = parlor.gateway(url, queue_overflow="pause")

    if how == "iterate":
        client.connect()
        for event in client:
            if event.kind in kinds:
                count.seen += 1
                count.characters += len(event.text)
                if count.began is None:
                    count.begin()
                if count.seen == expected:
                    return
    if how == "asyncio":
        async def main():
            client.connect()
            async for event in client:
                if event.kind in kinds:
                    count.seen += 1
                    count.characters += len(event.text)
                    if count.began is None:
                        count.begin()
                    if count.seen == expected:
                        return
        asyncio.run(main())
    if how == "handlers":
        def look(event):
            if count.seen == expected:
                return
            count.seen += 1
            count.characters += len(event.text)
            if count.began is None:
                count.begin()
            if count.seen == expected:
                count.report()
                client.destroy()
        for kind in kinds:
            client.on(kind, look)
        client.run()


def theirs(client_class):
    client = client_class(url, "bench", events=NAMES)
    done = asyncio.Event()

    async def look(data):
        # The server pours on until everybody has gone.
        if count.seen == expected:
            return
        count.seen += 1
        count.characters += len(data["text"] if "text" in data else data["new_state"])
        if count.began is None:
            count.begin()
        if count.seen == expected:
            count.report()
            done.set()

    async def main():
        for name in NAMES:
            client.on(name, look)
        task = asyncio.ensure_future(client.start())
        await done.wait()
        await client.stop()
        task.cancel()
    asyncio.run(main())


if how == "original":
    from voxta_gateway.client import GatewayClient
    theirs(GatewayClient)
elif how == "compat":
    from parlor.compat.voxta_gateway import GatewayClient
    theirs(GatewayClient)
else:
    ours()
    if how != "handlers":
        count.report()
