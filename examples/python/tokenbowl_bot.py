"""A bot of Token Bowl Chat: who names it is greeted, in the room or in private. Usage: tokenbowl_bot.py URL NAME"""
import sys

from tokenbowl_client import MESSAGE, READY, STATE, TokenBowl

url, name = sys.argv[1:3]
bowl = TokenBowl(url)
for event in bowl:
    if event.kind == STATE and event.value == READY:
        print(f"{name} is running", flush=True)
    # Its own messages come as well, with the value 1; to answer those would never end.
    if event.kind == MESSAGE and event.value == 0 and name.lower() in event.read("text").lower():
        author = event.read("name")
        if event.read("role") == "direct":
            bowl.say(f"Thanks for the message, {author}!", to=author)
        else:
            bowl.say(f"Hello {author}!")
        print(f"answered {author}", flush=True)
        if "go home" in event.read("text"):
            bowl.close()
