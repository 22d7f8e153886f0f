"""A conversation with Voice Live or OpenAI Realtime, with a tool.

Usage: voicelive_talk.py URL [KEY]. Lines of the standard input are said one after the other; what is spoken is written to
the WAV file that SPEECH names.
"""
import json
import os
import sys
import wave

import parlor

TOOLS = [{"type": "function", "name": "add", "description": "Adds two numbers", "parameters": {
    "type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}}, "required": ["a", "b"]}}]
SESSION = {"instructions": "You like numbers.", "modalities": ["text", "audio"]}

client = parlor.voicelive(sys.argv[1], key=sys.argv[2] if len(sys.argv) > 2 else "a-key", model="gpt-realtime",
                          session=SESSION)
client.tools(TOOLS)
speech = wave.open(os.environ["SPEECH"], "wb") if "SPEECH" in os.environ else None
if speech:
    speech.setnchannels(1)
    speech.setsampwidth(2)
    speech.setframerate(24000)


def say_next():
    line = sys.stdin.readline()
    if line:
        client.say(line.strip())
    else:
        client.close()


@client.on("state")
def state(event):
    print("*", event.name, event.text)
    if event.state is parlor.State.READY:
        say_next()


@client.on("audio")
def audio(event):
    if speech:
        speech.writeframes(event.data)


@client.on("sentence")
def sentence(event):
    print("AI:", event.text)


@client.on("tool_call")
def tool_call(event):
    result = json.dumps({"sum": event.arguments["a"] + event.arguments["b"]})
    print(f"  [tool {event.name} -> {result}]")
    client.tool_result(event, result)


@client.on("reply_ended")
def reply_ended(event):
    # A reply that only called a tool says nothing; the next one does.
    if event.status != 0 or event.text:
        say_next()


client.run()
if speech:
    speech.close()
