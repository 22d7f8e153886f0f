"""A conversation by lines of text, with any service: chat.py gateway|voxta|toolchat|voicelive|tokenbowl URL [CREDENTIAL]

Each line of the standard input is said when the answer to the one before is complete.
"""
import asyncio
import sys

import parlor

CLIENTS = {
    "gateway": lambda url, key: parlor.gateway(url),
    "voxta": lambda url, key: parlor.voxta(url, key=key),
    "toolchat": lambda url, key: parlor.toolchat(url, token=key),
    "tokenbowl": lambda url, key: parlor.tokenbowl(url, key=key),
    "voicelive": lambda url, key: parlor.voicelive(url, key=key, model="gpt-realtime", session={"modalities": ["text"]}),
}


async def answer(client):
    """Prints what is answered until it is complete."""
    async for event in client:
        if isinstance(event, parlor.Sentence):
            print(f"{event.name or 'AI'}: {event.text}", flush=True)
        elif isinstance(event, (parlor.Trigger, parlor.ToolCall)):
            print(f"  [{event.name} {event.text}]")
        elif isinstance(event, parlor.Speaker) and event.value:
            print(f"  [{event.name} speaks]")
        elif isinstance(event, parlor.ReplyEnded):
            return
        elif isinstance(client, parlor.GatewayClient) and isinstance(event, parlor.AiStateChanged) and event.name == "idle":
            # The gateway does not say that a reply has ended, but that the AI is idle again.
            return


async def main(service, url, credential=None):
    client = CLIENTS[service](url, credential)
    async with client:
        await client.ready()
        print(f"* {client.state.name}")
        for line in sys.stdin:
            print(f"you: {line.strip()}", flush=True)
            await client.ready()
            await client.say(line.strip())
            if service != "tokenbowl":
                await asyncio.wait_for(answer(client), 60)
    print("* CLOSED")


try:
    asyncio.run(main(*sys.argv[1:]))
except parlor.ParlorError as fault:
    sys.exit(str(fault))
