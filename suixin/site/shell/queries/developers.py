"""What the developers' page shows: addresses, operators, and examples over a dataset that exists."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from suixin.data.doors.gateway import sampling
from suixin.data.doors.gateway.sampling import Sampled
from suixin.data.opening.models import Dataset
from suixin.kit.signing import canonical_query, sign, string_to_sign
from suixin.site.shell.components import Cell, Column, Table

EXAMPLE_SECRET = b"a-secret-of-the-application"  # of nobody: the example of docs/gateway.md


@dataclass(frozen=True, slots=True)
class DevelopersPage:
    """Examples are commands that work as they stand."""

    address: str
    slug: str
    addresses: Table
    operators: Table
    examples: Sequence[tuple[str, str]]
    signed: str
    headers: str
    sealed: str


def developers_page(address: str) -> DevelopersPage:
    """The page for the site at `address`; examples use the newest dataset."""
    newest = Dataset.objects.published().first()
    slug = newest.slug if newest else "slug"
    return DevelopersPage(address, slug, _addresses(), _operators(), _examples(address, slug), *signing_example(), sealed_example(address))


def signing_example() -> tuple[str, str]:
    """(string to sign, headers) of the call in docs/gateway.md, whose secret is told there."""
    query = canonical_query([("uscc", "91510900MA6A00000X"), ("columns", "name,状态")])
    path, caller = "/gateway/enterprise/lookup", ("demo-app", "1767225600000", "3f2a9c0d5b7e41688d0c2f1e6a9b4c7d")
    app_id, stamp, nonce = caller
    signed = string_to_sign("GET", path, query, body=b"", caller=caller).decode()
    headers = sign("GET", f"{path}?{query}", app_id=app_id, secret=EXAMPLE_SECRET, timestamp_ms=int(stamp), nonce=nonce)
    return signed, "\n".join(f"{name}: {value}" for name, value in headers.items())


def sealed_example(address: str) -> str:
    """The enciphered call of one key, in Python; names stand for the caller's own."""
    return sampling.sealed_code(Sampled(address, "table_name", "lookup", "your-app-id", {"keys": ["key"]}))


def _addresses() -> Table:
    rows = [
        ("GET /api/v1/datasets", gettext("分页列出全部开放数据集")),
        ("GET /api/v1/datasets/{slug}", gettext("一个数据集的元数据、信息项、版本、下载地址")),
        ("GET /api/v1/datasets/{slug}/rows", gettext("按条件、排序、分组取行；翻页用 links.next")),
        ("GET /api/v1/openapi.json", gettext("OpenAPI 3.1 说明")),
        ("GET /gateway/{resource}/lookup", gettext("部门间查询接口，HMAC-SM3 签名")),
        ("GET /gateway/{resource}/verify", gettext("只核验是否一致，不给出数据；签名同上")),
        ("GET /gateway/{resource}/rows", gettext("按条件取行；签名同上")),
        ("GET /gateway/{resource}/aggregate", gettext("分组统计，过小的组不给出；签名同上")),
    ]
    rows.append(("GET /gateway/keys", gettext("平台公钥，加密调用用")))
    columns = (Column(gettext("地址"), is_code=True), Column(gettext("作用")))
    return Table(gettext("接口地址"), columns, [(Cell(a), Cell(b)) for a, b in rows])


def _operators() -> Table:
    rows = [
        ("col__exact=v", gettext("等于")), ("col__differs=v", gettext("不等于")),
        ("col__contains=v", gettext("文本包含，不分大小写")), ("col__in=a,b", gettext("是其中之一")),
        ("col__less=v · col__greater=v", gettext("小于等于 · 大于等于")),
        ("col__strictly_less=v · col__strictly_greater=v", gettext("小于 · 大于")),
        ("col__isnull · col__isnotnull", gettext("为空 · 不为空")), ("col__sort=asc|desc", gettext("排序")),
        ("col__groupby · col__count|avg|min|max|sum", gettext("分组与汇总")), ("columns=a,b", gettext("只取这些列")),
        ("page_size=50 · after=…", gettext("每页行数（最多 1,000）· 下一页标记")),
    ]
    columns = (Column(gettext("参数"), is_code=True), Column(gettext("含义")))
    return Table(gettext("查询参数"), columns, [(Cell(a), Cell(b)) for a, b in rows])


def _examples(address: str, slug: str) -> list[tuple[str, str]]:
    rows = f"{address}/api/v1/datasets/{slug}/rows"
    python = [
        "import requests", "", f'page = requests.get("{rows}", params={{"page_size": 100}}).json()',
        'print(page["meta"]["total"], page["data"][0])',
    ]
    pandas = [
        "import pandas as pd", "import requests", "",
        f'table = pd.DataFrame(requests.get("{rows}?page_size=1000").json()["data"])',
    ]
    return [("curl", f"curl '{rows}?page_size=5'"), ("Python", "\n".join(python)), ("pandas", "\n".join(pandas))]
