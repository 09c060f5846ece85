"""Two server processes over one node: a nonce spent at one is refused by the other. Real server, real sockets."""

from suixin.data.doors.tests.client import shared
from suixin.data.doors.tests.servers import environment_of, serving
from suixin.data.doors.tests.servers import node_database as node_database
from suixin.kit import signing

URL = "/gateway/people_list/lookup?code=k000003"


def test_second_process_refuses_a_replayed_nonce(node_database):
    caller, _ = shared()
    environment = environment_of(node_database)
    headers = signing.sign("GET", URL, app_id=caller.app_id, secret=caller.secret)
    with serving(environment) as one, serving(environment) as other:
        assert one.get(URL, headers=headers).json()["code"] == "200"
        assert other.get(URL, headers=headers).json()["code"] == "api-409"
        assert one.get(URL, headers=headers).json()["code"] == "api-409"
        fresh = signing.sign("GET", URL, app_id=caller.app_id, secret=caller.secret)
        assert other.get(URL, headers=fresh).json()["data"]["name"] == "张*"
