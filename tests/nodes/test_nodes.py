"""Two nodes are one installation: what happens on one is so on the other, and the proxy in front keeps its word."""

import json
import time

import httpx
import pytest

from tests.nodes.conftest import Cluster

pytestmark = [pytest.mark.slow, pytest.mark.postgres]


def test_nonce_spent_on_one_node_is_refused_on_the_other(cluster: Cluster) -> None:
    path = cluster.expected["address"]
    headers = cluster.signed(path)
    first = cluster.one.get(path, **headers)
    assert (first.status_code, first.json()["data"]) == (200, cluster.expected["data"])
    assert [node.get(path, **headers).status_code for node in (cluster.two, cluster.one)] == [409, 409]


def test_file_collected_on_one_node_is_read_on_the_other(cluster: Cluster) -> None:
    path = "/gateway/insured/lookup?code=NEW1&columns=name,amount"
    assert "7.5" not in cluster.two.get(path, **cluster.signed(path)).text
    source = cluster.one.home / "new.csv"
    source.write_text("编码,姓名,金额,日期\nNEW1,李小六,7.50,2024-01-01\n", "utf-8")
    cluster.one.run("collect", str(source), "--resource", "insured")
    answer = cluster.two.get(path, **cluster.signed(path))
    assert (answer.status_code, answer.json()["data"]["amount"]) == (200, 7.5)


def test_session_counts_on_both_nodes(cluster: Cluster) -> None:
    key = cluster.one.run("session", "clerk", module="tests.nodes.acting").strip()
    answers = [node.get("/console/", Cookie=f"sessionid={key}") for node in (cluster.one, cluster.two)]
    strangers = [node.get("/console/") for node in (cluster.one, cluster.two)]
    known = [(answer.status_code, answer.headers.get("Location", "")) for answer in answers]
    assert known[0] == known[1]
    assert all("/console/login/?" not in place for _, place in known)
    assert all("/console/login/" in answer.headers["Location"] for answer in strangers)


def test_proxy_sends_to_https_and_sets_what_browsers_heed(cluster: Cluster) -> None:
    plain = httpx.get(f"http://localhost:{cluster.http}/datasets?q=1", follow_redirects=False)
    assert (plain.status_code, plain.headers["Location"]) == (308, "https://localhost/datasets?q=1")
    with cluster.client() as client:
        page = client.get("/")
    assert page.status_code == 200
    assert "max-age=31536000" in page.headers["Strict-Transport-Security"]
    assert "default-src" in page.headers["Content-Security-Policy"]
    assert page.headers["Server"] == "nginx"


def test_address_that_a_caller_invents_does_not_stand_in_the_log(cluster: Cluster) -> None:
    path = cluster.expected["address"]
    with cluster.client() as client:
        for _ in range(4):
            answer = client.get(path, headers={**cluster.signed(path), "X-Forwarded-For": "6.6.6.6"})
            assert answer.status_code == 200, answer.text
    for node in (cluster.one, cluster.two):
        assert "6.6.6.6" not in json.loads(node.run("addresses", module="tests.nodes.acting"))


def test_downloads_come_through_whole_and_in_parts(cluster: Cluster) -> None:
    with cluster.client() as client:
        page = client.get("/datasets", follow_redirects=True).text
        [slug] = {word.split("/")[2] for word in page.split('"') if word.startswith("/dataset/")}
        links = [word for word in client.get(f"/dataset/{slug}").text.split('"') if word.endswith(".parquet")]
        whole = client.get(links[0])
        part = client.get(links[0], headers={"Range": "bytes=10-29"})
    assert (whole.status_code, part.status_code) == (200, 206)
    assert part.content == whole.content[10:30]


def test_upload_beyond_nginx_own_limit_reaches_the_site(cluster: Cluster) -> None:
    with cluster.client() as client:
        answer = client.post("/console/upload/", content=b"x" * (3 << 20))
    assert answer.status_code in (302, 403), answer.text[:300]


def test_grant_revoked_on_one_node_stops_on_the_other(cluster: Cluster) -> None:
    path = cluster.expected["address"]
    assert cluster.two.get(path, **cluster.signed(path)).status_code == 200
    cluster.one.run("revoke", module="tests.nodes.acting")
    deadline = time.monotonic() + 90
    while cluster.two.get(path, **cluster.signed(path)).status_code == 200:
        assert time.monotonic() < deadline, "the other node still answers"
    assert cluster.two.get(path, **cluster.signed(path)).status_code == 403
