"""A bot of Token Bowl Chat: who names it is greeted, in the room or in private. Usage: tokenbowl_bot.py URL NAME"""
import sys

import parlor

url, name = sys.argv[1:3]
bowl = parlor.tokenbowl(url)


@bowl.on("state")
def state(event):
    if event.state is parlor.State.READY:
        print(f"{name} is running", flush=True)


@bowl.on("message")
def message(event):
    # Its own messages come as well, with the value 1; to answer those would never end.
    if event.value != 0 or name.lower() not in event.text.lower():
        return
    if event.role == "direct":
        bowl.say(f"Thanks for the message, {event.name}!", to=event.name)
    else:
        bowl.say(f"Hello {event.name}!")
    print(f"answered {event.name}", flush=True)
    if "go home" in event.text:
        bowl.close()


bowl.run()
