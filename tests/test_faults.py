"""Faults under the machine addresses are JSON, with the headers that belong to them."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/api/nothing", "/api/v1/nothing", "/gateway/x/y/z"])
def test_unknown_address_is_told_in_json(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "res-404")
    assert answer.json()["message"]
    assert answer.json()["trace_id"]


def test_wrong_method_is_told_with_the_right_ones(client):
    answer = client.delete("/api/v1/datasets")
    assert (answer.status_code, answer.json()["code"], answer["Allow"]) == (405, "api-405", "GET")


def test_unknown_page_stays_a_page(client):
    answer = client.get("/nothing")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")
