"""The streams of Exec, Attach and PortForward: a WebSocket of several channels, as kubectl's."""

import base64
import json
import os
import socket
import struct
import urllib.parse

STDIN, STDOUT, STDERR, ERROR, RESIZE = range(5)
BINARY, CLOSE, PING, PONG = 2, 8, 9, 10


class Stream:
    """An open WebSocket: RFC 6455, with the subprotocol v4.channel.k8s.io."""

    def __init__(self, url, timeout=20):
        parts = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout)
        self.channels = {}
        self.closed = False
        path = parts.path + ("?" + parts.query if parts.query else "")
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((
            "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n"
            "Sec-WebSocket-Protocol: v4.channel.k8s.io\r\n\r\n"
            % (path, parts.netloc, key)).encode())
        self.reader = self.socket.makefile("rb")
        status = self.reader.readline().decode().strip()
        while self.reader.readline().strip():
            pass
        if " 101 " not in status:
            raise ConnectionError("no WebSocket: %s" % status)

    def send(self, channel, data):
        self._frame(BINARY, bytes([channel]) + data)

    def resize(self, columns, rows):
        self.send(RESIZE, json.dumps({"Width": columns, "Height": rows}).encode())

    def output(self, channel=STDOUT):
        return self.channels.get(channel, b"").decode(errors="replace")

    def read_until(self, text, channel=STDOUT):
        """Reads until the channel has the text; False if the stream ends before."""
        while text not in self.output(channel):
            if not self.read_frame():
                return False
        return True

    def exit_status(self):
        """Reads to the end; the exit status that the server told."""
        while self.read_frame():
            pass
        status = json.loads(self.output(ERROR) or "{}")
        if status.get("status") == "Success":
            return 0
        for cause in status.get("details", {}).get("causes", []):
            if cause.get("reason") == "ExitCode":
                return int(cause["message"])
        raise ConnectionError("no exit status: %s" % (status or "the stream ended"))

    def read_frame(self):
        """Reads one frame; False at the end of the stream."""
        header = self.reader.read(2)
        if len(header) < 2:
            return False
        length = header[1] & 0x7F
        if length == 126:
            length, = struct.unpack(">H", self.reader.read(2))
        elif length == 127:
            length, = struct.unpack(">Q", self.reader.read(8))
        data = self.reader.read(length)
        kind = header[0] & 0x0F
        if kind == CLOSE:
            return False
        if kind == PING:
            self._frame(PONG, data)
        elif data:
            self.channels[data[0]] = self.channels.get(data[0], b"") + data[1:]
        return True

    def close(self):
        self.reader.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _frame(self, kind, data):
        mask = os.urandom(4)
        length = len(data)
        short = length < 126
        size = struct.pack(">B", 0x80 | length) if short else struct.pack(">BH", 0xFE, length)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
        self.socket.sendall(bytes([0x80 | kind]) + size + mask + masked)
