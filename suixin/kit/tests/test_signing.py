"""The string to sign is what the README says, byte for byte."""

from suixin.kit import signing
from suixin.kit.sm import hmac_sm3_hex


def test_query_is_decoded_sorted_and_encoded_anew():
    query = signing.canonical_query([("b", "x y"), ("a", "遂宁"), ("b", "~"), ("a-b", "")])
    assert query == "a-b=&a=%E9%81%82%E5%AE%81&b=x%20y&b=~"


def test_signature_of_a_known_call():
    stamp, nonce = 1735689600000, "n" * 16
    url = "/gateway/r/lookup?b=2&a=1"
    headers = signing.sign("get", url, app_id="app", secret=b"demo-key", timestamp_ms=stamp, nonce=nonce)
    text = signing.string_to_sign("GET", "/gateway/r/lookup", "a=1&b=2", body=b"", caller=("app", str(stamp), nonce))
    assert text.decode().split("\n")[3] == "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"
    assert headers["X-Signature"] == hmac_sm3_hex(b"demo-key", text)
