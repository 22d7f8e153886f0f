"""A program that offers two tools to a chat.

Usage: toolchat_tools.py URL [TOKEN]. Lines of the standard input are said one after the other.
"""
import logging
import sys

import parlor

client = parlor.toolchat(sys.argv[1], token=sys.argv[2] if len(sys.argv) > 2 else "a-token")
# That a tool fails is the service's business as well, and nothing to be shown twice.
logging.getLogger("parlor").setLevel(logging.CRITICAL)


def shown(name, result):
    print(f"  [tool {name} -> {result}]")
    return result


@client.tool("Adds two numbers", [parlor.parameter("a", "number", "a number"), parlor.parameter("b", "number", "a number")])
def add(a, b):
    return shown("add", f'{{"sum": {a + b}}}')


@client.tool("Rolls dice, which are out today")
def roll_dice():
    raise RuntimeError(shown("roll_dice", "no dice"))


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


@client.on("reasoning")
def reasoning(event):
    if event.final:
        print(f"  [thought: {event.text}]")


@client.on("sentence")
def sentence(event):
    print("AI:", event.text)


@client.on("reply_ended")
def reply_ended(event):
    # One that was cut off with the link is gone on with when the link is back.
    if event.ok:
        say_next()


client.run()
