"""The string to sign is what the README says, byte for byte."""

from suixin.data.doors import signing


def test_query_is_decoded_sorted_and_encoded_anew():
    assert signing.canonical_query([("b", "x y"), ("a", "遂宁"), ("b", "~"), ("a-b", "")]) == "a-b=&a=%E9%81%82%E5%AE%81&b=x%20y&b=~"


def test_signature_of_a_known_call():
    headers = signing.sign(
        "get", "/gateway/r/lookup?b=2&a=1", app_id="app", secret=b"demo-key", timestamp_ms=1735689600000, nonce="n" * 16,
    )
    text = signing.string_to_sign("GET", "/gateway/r/lookup", "a=1&b=2", body=b"", caller=("app", "1735689600000", "n" * 16))
    assert text.decode().split("\n")[3] == "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"
    assert headers["X-Signature"] == signing.hmac_sm3_hex(b"demo-key", text)
