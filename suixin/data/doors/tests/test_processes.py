"""Two server processes over one node: a nonce spent at one is refused by the other, a quota is one. Real server, real sockets."""

from suixin.data.doors.tests.client import shared
from suixin.data.doors.tests.servers import environment_of, serving
from suixin.data.doors.tests.servers import node_database as node_database
from suixin.kit import signing

URL = "/gateway/people_list/lookup?code=k000003"


def test_second_process_refuses_a_replayed_nonce_and_counts_the_same_quota(node_database):
    caller, _ = shared(per_day=3)
    environment = environment_of(node_database)
    headers = signing.sign("GET", URL, app_id=caller.app_id, secret=caller.secret)
    with serving(environment) as one, serving(environment) as other:
        assert one.get(URL, headers=headers).json()["code"] == "200"
        assert other.get(URL, headers=headers).json()["code"] == "api-409"
        assert one.get(URL, headers=headers).json()["code"] == "api-409"
        fresh = signing.sign("GET", URL, app_id=caller.app_id, secret=caller.secret)
        assert other.get(URL, headers=fresh).json()["data"]["name"] == "张*"
        signed = [signing.sign("GET", URL, app_id=caller.app_id, secret=caller.secret) for _ in range(3)]
        told = [at.get(URL, headers=headers) for at, headers in zip((one, other, one), signed, strict=True)]
        assert [one.json()["code"] for one in told] == ["200", "api-429", "api-429"]
        assert int(told[1].headers["Retry-After"]) > 0
