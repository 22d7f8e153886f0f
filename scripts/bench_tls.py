"""A gateway behind TLS that greets and then says nothing: for memory and first connections. Standard library only."""

import asyncio
import base64
import hashlib
import os
import shutil
import ssl
import struct
import subprocess
import threading

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
SNAPSHOT = (
    '{"type":"snapshot","state":{"connected":true,"chat_active":true,"ai_state":"idle","current_speaker_id":null,'
    '"external_speaker_active":false,"external_speaker_source":null,"characters":[]}}'
)
OPENSSL = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=localhost"


class TlsServer:
    """Serves on its own thread. `missing` says why it does not, where it cannot."""

    def __init__(self, folder):
        self.missing = None
        self.clients = set()
        self.key = os.path.join(folder, "tls.key")
        self.certificate = os.path.join(folder, "tls.pem")
        if shutil.which("openssl") is None:
            self.missing = "there is no openssl to make a certificate with"
        self.environment = {"BENCH_CA": self.certificate}

    def __enter__(self):
        if self.missing:
            return self
        extension = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE"]
        files = ["-keyout", self.key, "-out", self.certificate]
        subprocess.run([*OPENSSL.split(), *extension, *files], check=True, capture_output=True)
        self.loop = asyncio.new_event_loop()
        self.loop.run_until_complete(self.start())
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        if not self.missing:
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join()

    async def start(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        server = await asyncio.start_server(self.connection, "127.0.0.1", 0, ssl=context)
        self.port = server.sockets[0].getsockname()[1]

    def url(self, path):
        return f"https://localhost:{self.port}/{path}"

    async def connection(self, reader, writer):
        try:
            while await self.request(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            # That is how clients end here.
            pass
        finally:
            writer.close()

    async def request(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        keys = [line.split(": ", 1)[1] for line in lines if line.lower().startswith("sec-websocket-key: ")]
        if "upgrade" not in headers:
            body = ",".join(f'"{one}":{{"client_id":"{one}","connected":true}}' for one in self.clients)
            body = ("{" + body + "}").encode()
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body))
            writer.write(body)
            return True
        accept = base64.b64encode(hashlib.sha1((keys[0] + GUID).encode()).digest()).decode()
        writer.write(
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
            f"sec-websocket-accept: {accept}\r\n\r\n".encode()
        )
        hello = (await self.frame(reader))[1].decode()
        if '"client_id":"' in hello:
            self.clients.add(hello.split('"client_id":"')[1].split('"')[0])
        payload = SNAPSHOT.encode()
        writer.write(struct.pack(">BBH", 0x81, 126, len(payload)) + payload)
        while True:
            opcode, payload = await self.frame(reader)
            if opcode in (8, 9):
                writer.write(struct.pack(">BB", 0x80 | (10 if opcode == 9 else 8), len(payload)) + payload)
            if opcode == 8:
                return False

    @staticmethod
    async def frame(reader):
        first, second = await reader.readexactly(2)
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack(">H", await reader.readexactly(2))
        mask = await reader.readexactly(4)
        payload = await reader.readexactly(length)
        return first & 0x0F, bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
