"""A receiver over HTTP: a real server, a download that is cut and goes on, the receipt."""

import csv

from suixin.data.doors.files import building, places
from suixin.data.doors.files.tests.receiver import opened, texts
from suixin.data.doors.tests.servers import environment_of
from suixin.data.doors.tests.servers import node_database as node_database
from suixin.data.doors.tests.servers import serving as serving_node
from suixin.ground.audit.models import Record
from suixin.kit import signing
from suixin.kit.actor import SYSTEM


def test_a_download_that_was_cut_goes_on_and_opens_to_the_rows_of_the_plan(node_database, exchange, tmp_path):
    given = exchange(120, note="字" * 20_000)
    package = building.build_package(given.order, actor=SYSTEM)
    assert package.size
    with serving_node(environment_of(node_database)) as server:
        url = f"{server.base_url}/packages/{package.uuid}/file"

        def ask(**headers):
            return signing.sign("GET", url, app_id="hospital", secret=given.caller.secret) | headers

        with server.stream("GET", url, headers=ask()) as answer:
            tag, first = answer.headers["ETag"], next(answer.iter_raw())  # the client goes away here
        rest = server.get(url, headers=ask(Range=f"bytes={len(first)}-", **{"If-Range": tag}))
        assert (answer.status_code, rest.status_code, int(rest.headers["Content-Length"])) == (200, 206, package.size - len(first))
        assert server.get(url, headers=ask(Range="bytes=0-9", **{"If-Range": '"other"'})).status_code == 200
        assert server.get(url, headers=ask(Range=f"bytes={package.size}-")).status_code == 416
        found, receipt = opened(given, first + rest.content, tmp_path)
        with (tmp_path / "p" / "rows.csv").open(encoding="utf-8", newline="") as file:
            assert list(csv.DictReader(file)) == list(texts(given))
        post = f"{server.base_url}/packages/{package.uuid}/receipt"
        headers = signing.sign("POST", post, app_id="hospital", secret=given.caller.secret, body=receipt)
        assert server.post(post, headers=headers, content=receipt).status_code == 200
        assert server.get(url, headers=ask()).status_code == 410
    package.refresh_from_db()
    assert (package.state, package.rows, found.manifest.files[0].rows) == ("acknowledged", *[len(list(texts(given)))] * 2)
    assert not places.path_of(package).exists()
    assert Record.objects.filter(action="sharing.package_received").count() == 1
