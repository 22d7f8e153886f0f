"""parlor: a client for realtime conversational services.

    async with parlor.gateway("http://127.0.0.1:8081") as client:
        await client.say("Hello!")
        async for event in client:
            if isinstance(event, parlor.Sentence):
                print(event.text)
"""
from ._constants import AiState, AudioCounter, Counter, Feature, Flag, Kind, LogLevel, Playback, State, Status
from ._library import counter, features, shutdown, version
from ._option_types import Options
from .client import Client
from .errors import *  # noqa: F403
from .events import *  # noqa: F403
from .request import Answer, Promise, Request
from .speech import Speech
from .services.centrifugo import CentrifugoClient
from .services.gateway import GatewayClient
from .services.tokenbowl import TokenBowlClient
from .services.toolchat import ToolchatClient, parameter
from .services.voicelive import VoiceLiveClient
from .services.voxta import VoxtaClient

#: A client of each service, by the service's name.
gateway = GatewayClient
voxta = VoxtaClient
tokenbowl = TokenBowlClient
centrifugo = CentrifugoClient
voicelive = VoiceLiveClient
toolchat = ToolchatClient

__version__ = version()
