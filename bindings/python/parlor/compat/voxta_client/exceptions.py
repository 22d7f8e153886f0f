"""The exceptions of voxta-client."""


class VoxtaError(Exception):
    """Something went wrong with Voxta."""


class VoxtaConnectionError(VoxtaError):
    """The server could not be reached."""


class VoxtaAuthError(VoxtaError):
    """The server does not take the credential."""


class VoxtaProtocolError(VoxtaError):
    """Somebody broke the protocol."""
