"""A message gateway as a process of its own: `python gateway_server.py RECORD SECRET PORT DIE_AFTER`.

It keeps what it took in RECORD and answers a known key with the same receipt. After DIE_AFTER messages it dies by
SIGKILL, with the message taken and the answer not given. A receiver that is a number is answered with that status.
"""

import hashlib
import hmac
import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

RECORD, SECRET, PORT, DIE_AFTER = Path(sys.argv[1]), sys.argv[2].encode(), int(sys.argv[3]), int(sys.argv[4])
taken = 0


class Gateway(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        key, stamp = self.headers["Idempotency-Key"], self.headers["X-Suixin-Timestamp"]
        lines = "\n".join(("POST", self.path, stamp, key, hashlib.new("sm3", body).hexdigest()))
        if not hmac.compare_digest(hmac.new(SECRET, lines.encode(), "sm3").hexdigest(), self.headers["X-Suixin-Signature"]):
            return self.answer(401, {"code": "signature"})
        to = json.loads(body)["to"]
        if to.isdecimal() and len(to) == 3:
            return self.answer(int(to), {"code": f"told-{to}"})
        known = key in [json.loads(line)["key"] for line in RECORD.read_text().splitlines()] if RECORD.exists() else False
        with RECORD.open("a") as kept:
            kept.write(json.dumps({"key": key, "is_known": known, "body": json.loads(body)}) + "\n")
        self.die_when_it_is_time()
        return self.answer(200, {"receipt": f"r-{key}"})

    def die_when_it_is_time(self):
        global taken
        taken += 1
        if taken == DIE_AFTER:
            os.kill(os.getpid(), signal.SIGKILL)

    def answer(self, status, content):
        held = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(held)))
        self.send_header("Retry-After", "1800") if status == 429 else None
        self.end_headers()
        self.wfile.write(held)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", PORT), Gateway)
sys.stdout.write("ready\n")
sys.stdout.flush()
server.serve_forever()
