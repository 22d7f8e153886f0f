"""The service's own Python client, token-bowl-chat, against a server at URL. Prints one line of JSON: what it found."""
import asyncio
import json
import sys

from token_bowl_chat import ConflictError, NotFoundError, TokenBowlClient, TokenBowlWebSocket, AuthenticationError


async def live(url, alice, bob, report):
    heard, receipts = [], []
    async with TokenBowlWebSocket(
            api_key=bob, base_url=url, on_message=heard.append,
            on_read_receipt=lambda message, reader: receipts.append([message, reader])) as ws:
        await ws.wait_until_connected()
        async with TokenBowlWebSocket(api_key=alice, base_url=url) as other:
            await other.wait_until_connected()
            await other.send_message("Hello from Python")
            await other.send_message("Only bob", to_username="bob")
            for _ in range(200):
                if len(heard) >= 2:
                    break
                await asyncio.sleep(0.02)
            await ws.mark_as_read(heard[0].id)
            for _ in range(200):
                if receipts:
                    break
                await asyncio.sleep(0.02)
            await ws.send_typing_indicator("alice")
    report["heard"] = [[m.content, m.from_username, str(getattr(m.message_type, "value", m.message_type))] for m in heard]
    report["receipts"] = receipts


def rest(url, alice, root, report):
    calls = report["calls"] = []

    def call(client, name, *args, **kwargs):
        result = getattr(client, name)(*args, **kwargs)
        calls.append(name)
        return result

    with TokenBowlClient(api_key=alice, base_url=url) as client, TokenBowlClient(api_key=root, base_url=url) as admin:
        sent = call(client, "send_message", "From REST")
        call(client, "get_messages", limit=5)
        call(client, "get_direct_messages")
        users = call(client, "get_users")
        call(client, "get_online_users")
        call(client, "get_available_logos")
        call(client, "update_my_logo", "openai.png")
        call(client, "get_unread_messages")
        call(client, "get_unread_direct_messages")
        call(client, "get_unread_count")
        call(client, "mark_message_read", sent.id)
        call(client, "mark_all_messages_read")
        call(client, "get_my_profile")
        bob = next(user for user in users if user.username == "bob")
        call(client, "get_user_profile", bob.id)
        call(client, "update_my_webhook", "https://a.example/hook")
        bot = call(client, "create_bot", "judge-bot")
        call(client, "get_my_bots")
        call(client, "update_bot", bot.id, emoji="x")
        call(client, "regenerate_bot_api_key", bot.id)
        call(client, "delete_bot", bot.id)
        call(client, "health_check")
        call(admin, "admin_get_all_users")
        call(admin, "admin_get_user", bob.id)
        call(admin, "admin_get_message", sent.id)
        call(admin, "admin_update_message", sent.id, "Edited")
        call(admin, "admin_assign_role", bob.id, "member")
        call(admin, "admin_delete_message", sent.id)
        call(admin, "register", "judge")
        errors = report["errors"] = []
        for wanted, attempt in [
                (NotFoundError, lambda: client.send_message("x", to_username="nobody")),
                (ConflictError, lambda: client.register("judge")),
                (AuthenticationError, lambda: TokenBowlClient(api_key="wrong", base_url=url).get_users())]:
            try:
                attempt()
            except wanted:
                errors.append(wanted.__name__)


def main():
    url, alice, bob, root = sys.argv[1:5]
    report = {}
    rest(url, alice, root, report)
    asyncio.run(live(url, alice, bob, report))
    print(json.dumps(report))


main()
