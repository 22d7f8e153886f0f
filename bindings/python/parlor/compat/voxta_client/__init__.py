"""The interface of voxta-client."""
from .audio_client import VoxtaAudioClient
from .client import VoxtaClient
from .constants import EventType, ServiceType
from .exceptions import VoxtaAuthError, VoxtaConnectionError, VoxtaError, VoxtaProtocolError
from .models import (
    ClientAuthenticateMessage,
    ClientMessage,
    ClientRegisterAppMessage,
    ClientSendMessage,
    ClientUpdateContextMessage,
    ServerActionMessage,
    ServerChatMessage,
    ServerMessage,
    ServerWelcomeMessage,
)

__all__ = [
    "VoxtaClient", "VoxtaAudioClient", "EventType", "ServiceType", "VoxtaError", "VoxtaConnectionError",
    "VoxtaAuthError", "VoxtaProtocolError", "ServerMessage", "ServerWelcomeMessage", "ServerChatMessage",
    "ServerActionMessage", "ClientMessage", "ClientSendMessage", "ClientUpdateContextMessage",
    "ClientRegisterAppMessage", "ClientAuthenticateMessage",
]
