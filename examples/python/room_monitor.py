"""Watches Token Bowl Chat with the eyes of several users at once: room_monitor.py URL COUNT NAME=KEY...

Each message is printed once, with who has seen it; it ends after so many messages.
"""
import asyncio
import collections
import sys

import parlor


async def watch(url, name, key, seen):
    async with parlor.tokenbowl(url, key=key) as client:
        await client.ready()
        print(f"[{name}] watching", flush=True)
        async for event in client:
            if isinstance(event, parlor.Message) and event.value == 0:
                await seen.put((name, event))
            elif isinstance(event, parlor.Gap):
                print(f"[{name}] a gap of {event.value} ms", flush=True)


async def main(url, count, *keys):
    seen, known, totals = asyncio.Queue(), {}, collections.Counter()
    watchers = [asyncio.ensure_future(watch(url, *one.split("=", 1), seen)) for one in keys]
    while len(known) < int(count):
        arrival = asyncio.ensure_future(seen.get())
        done, _ = await asyncio.wait({arrival, *watchers}, return_when=asyncio.FIRST_COMPLETED)
        for ended in done - {arrival}:
            # A watcher ends only by failing, and then so does this program.
            ended.result()
        name, event = arrival.result()
        if event.id not in known:
            known[event.id] = event
            totals[event.role] += 1
            print(f"[{event.role}] {event.name}: {event.text}", flush=True)
    for watcher in watchers:
        watcher.cancel()
    await asyncio.gather(*watchers, return_exceptions=True)
    print(", ".join(f"{role} {number}" for role, number in sorted(totals.items())))


asyncio.run(main(*sys.argv[1:]))
