"""The messages of voxta-client: dataclasses, made from one table."""
from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field, fields
from typing import Any

#: What the client asks for, and what it says that it can do.
SCOPES = ("role:app", "role:admin", "role:inspector", "role:user")
CAPABILITIES = {
    "audioInput": "WebSocketStream", "audioOutput": "Url",
    "acceptedAudioContentTypes": ["audio/x-wav", "audio/wav", "audio/mpeg", "audio/webm", "audio/pcm", "audio/ogg"],
    "visionCapture": "PostImage", "visionSources": ["Screen", "Eyes", "Attachment"],
}


@dataclass
class VoxtaModel:
    """A message."""

    def to_dict(self) -> dict[str, Any]:
        """The message as the server wants it: its type first, and without what is None."""
        members = {one.name: getattr(self, one.name) for one in fields(self)}
        kind = members.pop("type_name", None)
        typed = {"$type": kind} if kind else {}
        return {**typed, **{name: value for name, value in members.items() if value is not None}}


@dataclass
class ServerMessage(VoxtaModel):
    """A message from the server."""


@dataclass
class ClientMessage(VoxtaModel):
    """A message to the server."""

    def to_signalr_invocation(self, invocation_id: str) -> dict[str, Any]:
        """The invocation that carries it."""
        return {"type": 1, "invocationId": invocation_id, "target": "SendMessage", "arguments": [self.to_dict()]}


def _message(name: str, kind: str, required: str = "", **defaults: Any) -> Any:
    """A class of messages: the members that must be given, and those that need not."""
    base = ClientMessage if name.startswith("Client") else ServerMessage
    members: list[Any] = [(member, Any) for member in required.split()]
    for member, value in {**defaults, "type_name": kind}.items():
        made = field(default_factory=value) if callable(value) else field(default=value)
        members.append((member, Any, made))
    made = dataclasses.make_dataclass(name, members, bases=(base,))
    made.__doc__, made.__module__ = f"`{kind}`.", __name__
    return made


ServerWelcomeMessage = _message("ServerWelcomeMessage", "welcome", "assistant user")
ServerChatMessage = _message("ServerChatMessage", "message", "messageId senderId text role timestamp sessionId")
ServerActionMessage = _message("ServerActionMessage", "action", "value role senderId sessionId", contextKey=None,
    layer=None, arguments=None)
ServerAuthenticationRequiredMessage = _message("ServerAuthenticationRequiredMessage", "authenticationRequired")
ServerChatSessionErrorMessage = _message("ServerChatSessionErrorMessage", "chatSessionError", "message", code=None,
    serviceName=None)
ServerCharactersListLoadedMessage = _message("ServerCharactersListLoadedMessage", "charactersListLoaded",
    "characters")
ServerScenariosListLoadedMessage = _message("ServerScenariosListLoadedMessage", "scenariosListLoaded", "scenarios")
ServerChatsListLoadedMessage = _message("ServerChatsListLoadedMessage", "chatsListLoaded", "chats")
ServerChatStartingMessage = _message("ServerChatStartingMessage", "chatStarting")
ServerChatLoadingMessage = _message("ServerChatLoadingMessage", "chatLoading")
ServerChatClosedMessage = _message("ServerChatClosedMessage", "chatClosed", "chatId")
ServerChatUpdatedMessage = _message("ServerChatUpdatedMessage", "chatUpdated", "chatId")
ServerChatPausedMessage = _message("ServerChatPausedMessage", "chatPaused", "sessionId")
ServerChatFlowMessage = _message("ServerChatFlowMessage", "chatFlow", "state")
ServerChatParticipantsUpdatedMessage = _message("ServerChatParticipantsUpdatedMessage", "chatParticipantsUpdated",
    "sessionId")
ServerReplyCancelledMessage = _message("ServerReplyCancelledMessage", "replyCancelled", "sessionId messageId")
ServerSpeechRecognitionStartMessage = _message("ServerSpeechRecognitionStartMessage", "speechRecognitionStart")
ServerSpeechRecognitionPartialMessage = _message("ServerSpeechRecognitionPartialMessage", "speechRecognitionPartial",
    "text")
ServerSpeechRecognitionEndMessage = _message("ServerSpeechRecognitionEndMessage", "speechRecognitionEnd", "text")
ServerRecordingRequestMessage = _message("ServerRecordingRequestMessage", "recordingRequest", "enabled")
ServerRecordingStatusMessage = _message("ServerRecordingStatusMessage", "recordingStatus", "enabled")
ServerUpdatedMessage = _message("ServerUpdatedMessage", "updated", "text role")
ServerDocumentUpdatedMessage = _message("ServerDocumentUpdatedMessage", "documentUpdated", "documentId")
ServerModuleRuntimeInstancesMessage = _message("ServerModuleRuntimeInstancesMessage", "moduleRuntimeInstances",
    "instances")
ServerConfigurationMessage = _message("ServerConfigurationMessage", "configuration", "configurations")
ServerChatConfigurationMessage = _message("ServerChatConfigurationMessage", "chatConfiguration")
ServerSuggestionsMessage = _message("ServerSuggestionsMessage", "suggestions", "suggestions")
ServerUserInteractionRequestMessage = _message("ServerUserInteractionRequestMessage", "userInteractionRequest",
    "requestId input")
ServerCloseUserInteractionRequestMessage = _message("ServerCloseUserInteractionRequestMessage",
    "closeUserInteractionRequest", "requestId")
ServerVisionCaptureRequestMessage = _message("ServerVisionCaptureRequestMessage", "visionCaptureRequest", "source")
ServerWakeWordStatusMessage = _message("ServerWakeWordStatusMessage", "wakeWordStatus", "enabled")
ServerDownloadProgressMessage = _message("ServerDownloadProgressMessage", "downloadProgress", "progress")
ServerInspectorMessage = _message("ServerInspectorMessage", "inspector", "log")
ServerInspectorEnabledMessage = _message("ServerInspectorEnabledMessage", "inspectorEnabled", "enabled")
ServerInspectorActionExecutedMessage = _message("ServerInspectorActionExecutedMessage", "inspectorActionExecuted",
    "action")
ServerInspectorScriptExecutedMessage = _message("ServerInspectorScriptExecutedMessage", "inspectorScriptExecuted",
    "script")
ServerInspectorScenarioEventExecutedMessage = _message("ServerInspectorScenarioEventExecutedMessage",
    "inspectorScenarioEventExecuted", "event")
ServerListResourcesResultMessage = _message("ServerListResourcesResultMessage", "listResourcesResult", "resources")
ServerDeployResourceResultMessage = _message("ServerDeployResourceResultMessage", "deployResourceResult", "success",
    error=None)
ServerMissingResourcesErrorMessage = _message("ServerMissingResourcesErrorMessage", "missingResourcesError",
    "resources")
ServerAudioFrameMessage = _message("ServerAudioFrameMessage", "audioFrame", "data")
ClientTriggerActionMessage = _message("ClientTriggerActionMessage", "triggerAction", "sessionId messageId value",
    arguments=None)
ClientStopChatMessage = _message("ClientStopChatMessage", "stopChat", "chatId")
ClientRevertMessage = _message("ClientRevertMessage", "revert", "sessionId")
ClientRetryMessage = _message("ClientRetryMessage", "retry", "sessionId")
ClientTypingStartMessage = _message("ClientTypingStartMessage", "typingStart", "sessionId")
ClientTypingEndMessage = _message("ClientTypingEndMessage", "typingEnd", "sessionId", sent=True)
ClientLoadCharactersListMessage = _message("ClientLoadCharactersListMessage", "loadCharactersList")
ClientLoadScenariosListMessage = _message("ClientLoadScenariosListMessage", "loadScenariosList")
ClientLoadChatsListMessage = _message("ClientLoadChatsListMessage", "loadChatsList", characterId=None,
    scenarioId=None)
ClientAddChatParticipantMessage = _message("ClientAddChatParticipantMessage", "addChatParticipant",
    "sessionId characterId")
ClientRemoveChatParticipantMessage = _message("ClientRemoveChatParticipantMessage", "removeChatParticipant",
    "sessionId characterId")
ClientRequestSuggestionsMessage = _message("ClientRequestSuggestionsMessage", "requestSuggestions", "sessionId")
ClientInspectAudioInputMessage = _message("ClientInspectAudioInputMessage", "inspectAudioInput", "sessionId enabled")
ClientUpdateMessageMessage = _message("ClientUpdateMessageMessage", "update", "sessionId messageId text")
ClientDeleteMessageMessage = _message("ClientDeleteMessageMessage", "deleteMessage", "sessionId messageId")
ClientSendMessage = _message("ClientSendMessage", "send", "sessionId text", doReply=True, doUserActionInference=True,
    doCharacterActionInference=True)
ClientUpdateContextMessage = _message("ClientUpdateContextMessage", "updateContext", "sessionId contextKey",
    contexts=None, actions=None, events=None, setFlags=None, enableRoles=None)
ClientInspectMessage = _message("ClientInspectMessage", "inspect", "sessionId", enabled=True)
ClientSubscribeToChatMessage = _message("ClientSubscribeToChatMessage", "subscribeToChat", "sessionId chatId")
ClientResumeChatMessage = _message("ClientResumeChatMessage", "resumeChat", "chatId")
ClientStartChatMessage = _message("ClientStartChatMessage", "startChat", "characterId", contexts=list)
ClientPauseMessage = _message("ClientPauseMessage", "pauseChat", "sessionId", pause=True)
ClientInterruptMessage = _message("ClientInterruptMessage", "interrupt", "sessionId")
ClientSpeechPlaybackStartMessage = _message("ClientSpeechPlaybackStartMessage", "speechPlaybackStart",
    "sessionId messageId", startIndex=0, endIndex=0, duration=0)
ClientSpeechPlaybackCompleteMessage = _message("ClientSpeechPlaybackCompleteMessage", "speechPlaybackComplete",
    "sessionId messageId")
ClientCharacterSpeechRequestMessage = _message("ClientCharacterSpeechRequestMessage", "characterSpeechRequest",
    "sessionId characterId", text="")
ClientRegisterAppMessage = _message("ClientRegisterAppMessage", "registerApp", "clientVersion label")
ClientAuthenticateMessage = _message("ClientAuthenticateMessage", "authenticate", client="Voxta.Client.Web",
    clientVersion="1.2.1", scope=lambda: list(SCOPES), capabilities=lambda: dict(CAPABILITIES))
