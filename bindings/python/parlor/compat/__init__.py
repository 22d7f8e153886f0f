"""Other clients' interfaces, over this library: a program that was written for them runs after one import was changed.

    from voxta_gateway.client import GatewayClient     ->  from parlor.compat.voxta_gateway import GatewayClient
    from voxta_client import VoxtaClient               ->  from parlor.compat.voxta_client import VoxtaClient
    from token_bowl_chat import TokenBowlWebSocket     ->  from parlor.compat.token_bowl_chat import TokenBowlWebSocket
    from azure.ai.voicelive.aio import connect         ->  from parlor.compat.voicelive import connect

compat/README.md says method by method what is the same and what is better.
"""
