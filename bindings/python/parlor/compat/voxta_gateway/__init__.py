"""The interface of voxta-gateway's own client for Python."""
from .client import ConnectionState, EventHandler, GatewayClient, GatewayState

__all__ = ["ConnectionState", "EventHandler", "GatewayClient", "GatewayState"]
