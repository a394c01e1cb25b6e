#!/usr/bin/env python3
"""A licence client of one file: an example for docs/write-a-client.md, and a program of the conformance
kit (docs/conformance.md). It needs Python 3.9 or later and the package "cryptography", nothing else.

    npm run conformance -- python3 docs/examples/client.py
"""

import base64
import hashlib
import http.client
import json
import os
import queue
import random
import secrets
import socket
import ssl
import sys
import threading
import time
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives import hashes, serialization

REDIRECTIONS_MAX = 3
RETURN_TRIES = 3
CLOCK_BACK_SECONDS_MAX = 60


def monotonic():
    """Seconds of a clock that runs on while the computer sleeps, where there is one."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


# --- The proof ------------------------------------------------------------------------------------


class Unproved(Exception):
    """An answer that counts like none."""


def decode(text):
    """Bytes of base64url as a JWS has it: no padding, one spelling for each value."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise ValueError("not base64url")
    return data


def hash_of(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def key_id(jwk):
    """RFC 7638 thumbprint of an Ed25519 key."""
    text = json.dumps({name: jwk[name] for name in ("crv", "kty", "x")}, separators=(",", ":"))
    return hash_of(text.encode())


def is_signed(key, protected, payload, signature):
    try:
        public = ed25519.Ed25519PublicKey.from_public_bytes(decode(key["publicKey"]["x"]))
        public.verify(decode(signature), f"{protected}.{payload}".encode())
        return True
    except (InvalidSignature, ValueError):
        return False


def following_keys(vendor_key, endorsements):
    """The vendor's key and those that follow it: each is endorsed by one before it."""
    keys = [vendor_key]
    for endorsement in endorsements:
        protected, payload, signature = endorsement.split(".")
        header, claimed = json.loads(decode(protected)), json.loads(decode(payload))
        for key in list(keys):
            if (
                header.get("typ") == "understudy-vendor+jws"
                and header.get("alg") in ("EdDSA", "Ed25519")
                and header.get("kid") == key_id(key["publicKey"])
                and claimed.get("vendor") == vendor_key["vendor"]
                and is_signed(key, protected, payload, signature)
            ):
                keys.append({"vendor": claimed["vendor"], "publicKey": claimed["publicKey"]})
    return keys


def open_licence(text, vendor_key):
    jws = json.loads(text)
    header = json.loads(decode(jws["protected"]))
    if header.get("alg") not in ("EdDSA", "Ed25519") or header.get("typ") != "understudy-license+jws":
        raise Unproved("what came as its licence is none")
    if "crit" in header:
        raise Unproved("its licence has a header that must be known")
    for key in following_keys(vendor_key, header.get("endorsements", [])):
        if header.get("kid") != key_id(key["publicKey"]):
            continue
        if is_signed(key, jws["protected"], jws["payload"], jws["signature"]):
            return json.loads(decode(jws["payload"]))
    raise Unproved("its licence is not signed with the vendor's key")


def open_token(token, server_key):
    """The id of the server that signed it, and what it says."""
    der = base64.b64decode(server_key, validate=True)
    public = serialization.load_der_public_key(der)
    if not isinstance(public, ec.EllipticCurvePublicKey) or public.curve.name != "secp256r1":
        raise Unproved("what came as the key of its server is none")
    server_id = hashlib.sha256(der).hexdigest()
    protected, payload, signature = token.split(".")
    header = json.loads(decode(protected))
    if header.get("alg") != "ES256" or header.get("kid") != server_id or "crit" in header:
        raise Unproved("its token is not of its server")
    raw = decode(signature)
    if len(raw) != 64:
        raise Unproved("its token has no signature")
    pair = utils.encode_dss_signature(
        int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    )
    public.verify(pair, f"{protected}.{payload}".encode(), ec.ECDSA(hashes.SHA256()))
    return server_id, json.loads(decode(payload))


def seconds_of(instant):
    return datetime.fromisoformat(instant.replace("Z", "+00:00")).timestamp()


def versions(text):
    parts = [int(part) for part in text.split(".")]
    return parts + [0] * (5 - len(parts))


def require(fact, otherwise):
    if not fact:
        raise Unproved(otherwise)


def prove(answer, order, nonce):
    """Raises Unproved unless the vendor stands behind the answer (docs/write-a-client.md, "The proof")."""
    try:
        judge(answer, order, nonce)
    except (InvalidSignature, KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unproved(f"it is not what a server signs ({error!r})") from error


def judge(answer, order, nonce):
    lease, client = answer["lease"], order["client"]
    licence = open_licence(answer["licenseFile"], order["vendorKey"])
    require(licence["format"] == "understudy-license/1", "its licence is of another format")
    require(licence["vendor"] == order["vendorKey"]["vendor"], "its licence is of another vendor")
    require(licence["product"] == order["product"], "its licence is for another product")
    require(licence["feature"] == order["feature"], "its licence is for another feature")
    require(
        versions(licence["version"]) >= versions(order["version"]),
        "its licence is for an older version",
    )
    until = licence.get("maintenanceUntil")
    require(
        until is None or seconds_of(order["released"]) < seconds_of(until),
        "its licence does not cover this version",
    )
    require("revoked" not in licence, "its licence was revoked")
    server_id, token = open_token(answer["token"], answer["serverKey"])
    require(server_id in licence["servers"], "its licence does not name the server")
    expected = {
        "iss": answer["servedBy"]["id"],
        "licenseHash": hash_of(answer["licenseFile"].encode()),
        "license": licence["id"],
        "product": licence["product"],
        "version": licence["version"],
        "feature": licence["feature"],
        "holder": client["instance"],
        "user": client["user"],
        "host": client["host"],
        "nonce": nonce,
        "lease": lease["id"],
        "units": lease["units"],
        "term": answer["term"],
        "ttl": lease["ttlSeconds"],
    }
    for name, value in expected.items():
        require(token.get(name) == value, f"its token says another {name}")
    require(token["iss"] == server_id, "its token is of another server")
    require(lease["license"] == licence["id"] and lease["units"] == 1, "it is another lease")
    until = lease.get("borrowUntil")
    borrow = None if until is None else int(seconds_of(until))
    require(token.get("borrow") == borrow, "its token says another end of borrowing")
    if licence["notBefore"] is not None:
        require(seconds_of(licence["notBefore"]) < token["iat"] + 1, "its licence has not begun")
    if licence["expires"] is not None:
        now = min(token["iat"], token["exp"] - token["ttl"])
        require(seconds_of(licence["expires"]) > now, "its licence has ended")


# --- Servers --------------------------------------------------------------------------------------


class NoAnswer(Exception):
    """Nothing that can be understood came of a request."""


class Distrusted(NoAnswer):
    """The server showed another key than it should; nothing was sent."""


class KnownKeys:
    """Which server answers at which address: trust on first use, kept in a file."""

    def __init__(self, path, accepted):
        self.path = path
        self.accepted = accepted
        self.named = {}
        self.first = json.loads(path.read_text()) if path.exists() else {}

    def check(self, address, server_id):
        if self.accepted:
            if server_id not in self.accepted:
                raise Distrusted(f"{address} has the key {server_id}, which is not accepted")
            return
        expected = self.first.get(address) or self.named.get(address)
        if expected is not None and expected != server_id:
            raise Distrusted(f"the key of {address} has changed to {server_id}: ask its admin")
        if address not in self.first:
            self.first[address] = server_id
            write_file(self.path, json.dumps(self.first))


def write_file(path, text):
    new = path.with_suffix(".new")
    new.write_text(text)
    os.replace(new, path)


class PinnedConnection(http.client.HTTPSConnection):
    """HTTPS of which the key is checked before anything is sent; no authority is asked."""

    def __init__(self, address, known, timeout):
        host, _, port = address.rpartition(":")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        super().__init__(host.strip("[]"), int(port), timeout=timeout, context=context)
        self.address = address
        self.known = known
        self.server_id = None

    def connect(self):
        super().connect()
        certificate = x509.load_der_x509_certificate(self.sock.getpeercert(binary_form=True))
        spki = certificate.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.server_id = hashlib.sha256(spki).hexdigest()
        self.known.check(self.address, self.server_id)


class Reply:
    """What a server answered: `status`, the JSON `document`, and which server it was."""

    def __init__(self, status, document, headers, address, server_id, sent_at, nonce):
        self.status = status
        self.document = document if isinstance(document, dict) else {}
        self.code = self.document.get("code")
        self.location = headers.get("Location")
        asked = headers.get("Retry-After", "")
        self.retry_after = int(asked) if asked.isdigit() else 0
        self.address = address
        self.server_id = server_id
        self.sent_at = sent_at
        self.nonce = nonce


# --- The client -----------------------------------------------------------------------------------


class Client:
    """One seat, from its checkout to its return."""

    def __init__(self, order, tell, inbox):
        self.order = order
        self.tell = tell
        self.inbox = inbox
        self.directory = Path(order["directory"])
        self.known = KnownKeys(self.directory / "keys.json", order["fingerprints"])
        self.borrowed_file = self.directory / "borrowed.json"
        self.configured = order["primary"] + order["secondary"]
        self.answer = None
        self.server = None
        self.ends_at = 0.0
        self.wait_asked = 0

    # What is sent.

    def ask_once(self, address, method, path, body, timeout):
        nonce = secrets.token_urlsafe(16)
        headers = {"Understudy-Nonce": nonce}
        if self.answer is not None and monotonic() < self.ends_at:
            headers["Understudy-Token"] = self.answer["token"]
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection = PinnedConnection(address, self.known, timeout)
        sent_at = monotonic()
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read()
            try:
                document = json.loads(text) if text else {}
            except ValueError:
                document = None
            headers = response.headers
            return Reply(
                response.status, document, headers, address, connection.server_id, sent_at, nonce
            )
        except Distrusted:
            raise
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f"{address}: {error!r}") from error
        finally:
            connection.close()

    def ask(self, address, method, path, body=None, deadline=None):
        """The answer of a server, or of the one that it sends on to; at most three times."""
        timeout = self.order["timeoutMs"] / 1000
        for _ in range(REDIRECTIONS_MAX + 1):
            if deadline is not None:
                timeout = max(0.05, min(timeout, deadline - monotonic()))
            reply = self.ask_once(address, method, path, body, timeout)
            if reply.status != 307:
                return reply
            url = urlsplit(reply.location or "")
            if url.scheme != "https" or not url.netloc:
                raise NoAnswer(f"{address} sends on to no https address")
            address, path = url.netloc, url.path
        raise NoAnswer("the servers send on in a circle")

    # What an answer means.

    def accept(self, reply):
        """Takes a lease over. Raises NoAnswer or Unproved when it does not count."""
        answer = reply.document
        if "lease" not in answer:
            raise NoAnswer(f"{reply.address} answered with no lease")
        prove(answer, self.order, reply.nonce)
        if answer["servedBy"]["id"] != reply.server_id:
            raise Unproved("it is the answer of another server")
        held = self.answer
        if held is not None and held["lease"]["id"] == answer["lease"]["id"]:
            if answer["term"] < held["term"]:
                raise NoAnswer(f"{reply.address} does not know that it was replaced")
        self.answer = answer
        self.server = reply.address
        lease = answer["lease"]
        if "borrowUntil" in lease:
            self.ends_at = monotonic() + seconds_of(lease["borrowUntil"]) - time.time()
            self.keep_borrowed(reply.nonce)
        else:
            self.ends_at = reply.sent_at + lease["ttlSeconds"]
        for server in answer["servers"]:
            for address in addresses_of(server):
                self.known.named[address] = server["id"]

    def counts(self, reply):
        """Whether the server has the lease, so that its word on it counts."""
        keepers = [self.answer["servedBy"]["id"]] + [one["id"] for one in self.answer["servers"]]
        return reply.server_id in keepers

    def partners(self):
        told = [address for one in self.answer["servers"] for address in addresses_of(one)]
        return unique([self.server] + told)

    # One round over all servers.

    def check_out(self):
        """True when there is a seat; else the code of the most useful refusal."""
        fields = ("product", "feature", "version", "released", "client", "borrowUntil")
        body = json.dumps({name: self.order[name] for name in fields if name in self.order})
        reasons = []
        self.wait_asked = 0
        for address in self.configured:
            try:
                reply = self.ask(address, "POST", "/v1/leases", body)
                if reply.status in (200, 201):
                    self.accept(reply)
                    return True
                if reply.status == 429:
                    self.wait_asked = max(self.wait_asked, min(reply.retry_after, 10))
                reasons.append(reply.code or f"STATUS_{reply.status}")
            except Unproved as error:
                reasons.append("LICENSE_NOT_PROVED")
                log(f"{address}: {error}")
            except Distrusted as error:
                reasons.append("SERVER_NOT_TRUSTED")
                log(error)
            except NoAnswer as error:
                reasons.append("SERVER_UNREACHABLE")
                log(error)
        useful = ("LS_INSUFFICIENTUNITS", "LS_ACCESS_DENIED", "LS_LICENSE_EXPIRED")
        return next((code for code in useful if code in reasons), reasons[0] if reasons else "NONE")

    def renew(self, deadline):
        """"renewed", "gone", "denied" (for good), or "later"."""
        path = f"/v1/leases/{self.answer['lease']['id']}/renew"
        result = "later"
        for address in unique(self.partners() + self.configured):
            if monotonic() >= deadline:
                break
            try:
                reply = self.ask(address, "POST", path, deadline=deadline)
                if reply.status == 200:
                    self.accept(reply)
                    return "renewed"
                if not self.counts(reply):
                    continue
                if reply.status == 404 and reply.code == "LS_NO_SUCH_LEASE":
                    result = "gone"
                elif reply.status in (403, 409):
                    result = "denied"
            except (NoAnswer, Unproved) as error:
                log(f"{address}: {error}")
        return result

    def give_back(self):
        path = f"/v1/leases/{self.answer['lease']['id']}"
        for attempt in range(RETURN_TRIES):
            for address in self.partners():
                try:
                    reply = self.ask(address, "DELETE", path)
                    if reply.status == 204 or reply.code == "LS_NO_SUCH_LEASE":
                        return
                except NoAnswer as error:
                    log(error)
            time.sleep(0.4 * (attempt + 1))

    # The states.

    def run(self):
        """Ends when the seat is given back, left or lost, or there is none."""
        if not self.resume() and not self.look_for_seat():
            return
        self.tell("held", self.answer["lease"]["id"])
        if "borrowUntil" in self.answer["lease"]:
            what = self.wait_for_order(self.ends_at)
        else:
            what = self.keep()
        if what is None:
            self.borrowed_file.unlink(missing_ok=True)
            self.tell("lost")
        elif what == "return":
            self.borrowed_file.unlink(missing_ok=True)
            self.give_back()
            self.tell("returned")

    def look_for_seat(self):
        until = monotonic() + self.order["waitSeconds"]
        pause = 0.3
        while True:
            found = self.check_out()
            if found is True:
                return True
            next_at = monotonic() + max(pause, self.wait_asked)
            if found in ("LS_ACCESS_DENIED", "LS_LICENSE_EXPIRED") or next_at > until:
                self.tell("refused", code=found)
                return False
            if self.wait_for_order(next_at) is not None:
                self.tell("refused", code="CHECKOUT_STOPPED")
                return False
            pause = min(pause * 1.5, 2)

    def keep(self):
        """Renews until an order comes, which it returns, or the seat is lost: None."""
        wake_at = self.next_renewal()
        state, gone, denied, pause, grace_ends = "held", False, False, 0.05, None
        while True:
            what = self.wait_for_order(wake_at)
            if what is not None:
                return what
            now = monotonic()
            if grace_ends is None and now >= self.ends_at:
                if denied or self.order["graceSeconds"] == 0:
                    return None
                grace_ends = self.ends_at + self.order["graceSeconds"]
                state = self.change(state, "grace")
            if grace_ends is not None and now >= grace_ends:
                return None
            deadline = self.ends_at if grace_ends is None else grace_ends
            before = self.answer["lease"]["id"]
            result = "gone" if gone else self.renew(deadline)
            if result == "gone" or grace_ends is not None:
                gone = gone or result == "gone"
                found = True if result == "renewed" else self.check_out()
                if found is True:
                    result = "renewed"
                elif found in ("LS_INSUFFICIENTUNITS", "LS_ACCESS_DENIED", "LS_LICENSE_EXPIRED"):
                    denied = True
            denied = denied or result == "denied"
            if result == "renewed":
                if state != "held" or self.answer["lease"]["id"] != before:
                    self.tell("held", self.answer["lease"]["id"])
                state, gone, denied, pause, grace_ends = "held", False, False, 0.05, None
                wake_at = self.next_renewal()
                continue
            if grace_ends is not None and denied:
                return None
            if grace_ends is None:
                state = self.change(state, "retrying")
            limit = self.answer["lease"]["ttlSeconds"] / 3
            pause = min(pause * 1.5, limit)
            wake_at = min(monotonic() + pause * random.uniform(0.5, 1), deadline)

    def next_renewal(self):
        third = self.answer["lease"]["ttlSeconds"] / 3
        return monotonic() + third * random.uniform(0.9, 1.1)

    def change(self, former, state):
        if former != state:
            self.tell(state)
        return state

    def wait_for_order(self, until):
        """"return" or "leave"; None when the time has come."""
        while True:
            left = until - monotonic()
            if left <= 0:
                return None
            try:
                # A clock that runs on while the computer sleeps is looked at once a second.
                return self.inbox.get(timeout=min(left, 1.0))
            except queue.Empty:
                continue

    # Borrowed seats.

    def keep_borrowed(self, nonce):
        kept = {"order": self.order["client"], "nonce": nonce, "answer": self.answer,
                "server": self.server, "keptAt": time.time()}
        write_file(self.borrowed_file, json.dumps(kept))

    def resume(self):
        """Goes on with a seat that a former run borrowed."""
        if not self.borrowed_file.exists():
            return False
        kept = json.loads(self.borrowed_file.read_text())
        left = seconds_of(kept["answer"]["lease"]["borrowUntil"]) - time.time()
        if left <= 0 or time.time() < kept["keptAt"] - CLOCK_BACK_SECONDS_MAX:
            return False
        try:
            prove(kept["answer"], self.order, kept["nonce"])
        except Unproved as error:
            log(f"the seat that was borrowed proves nothing: {error}")
            return False
        self.answer, self.server = kept["answer"], kept["server"]
        self.ends_at = monotonic() + left
        return True


def addresses_of(server):
    return [urlsplit(url).netloc for url in unique([server["url"]] + server.get("urls", []))]


def unique(items):
    return list(dict.fromkeys(items))


def log(message):
    print(f"{datetime.now(timezone.utc):%H:%M:%S} {message}", file=sys.stderr, flush=True)


# --- The program of the conformance kit -----------------------------------------------------------


def tell(state, lease=None, code=None):
    line = {"state": state}
    if lease is not None:
        line["lease"] = lease
    if code is not None:
        line["code"] = code
    print(json.dumps(line), flush=True)


def main():
    order = json.loads(sys.stdin.readline())
    inbox = queue.Queue()

    def read_orders():
        for line in sys.stdin:
            inbox.put(json.loads(line)["do"])
        inbox.put("return")

    threading.Thread(target=read_orders, daemon=True).start()
    socket.setdefaulttimeout(order["timeoutMs"] / 1000)
    Client(order, tell, inbox).run()


if __name__ == "__main__":
    main()
