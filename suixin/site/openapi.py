"""Description of the doors that answer before Django does: rows, lookup, downloads. Merged into the API's OpenAPI 3.1."""

from typing import Any  # Any: parts of an OpenAPI document are JSON

from suixin.data.doors.gateway import sampling
from suixin.data.doors.gateway.sampling import Sampled

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_BASE64: Json = {"type": "string", "contentEncoding": "base64"}
_WHOLE: Json = {"type": "integer"}
_SLUG: Json = {
    "name": "slug", "in": "path", "required": True, "description": "数据集标识,见 GET /api/v1/datasets",
    "schema": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,119}$"},
}
_OPERATORS = (
    "列条件写成 `列名__运算符=值`,列名可用字段名或中文名。运算符:exact differs contains notcontains in notin less greater "
    "strictly_less strictly_greater isnull isnotnull;排序 `列名__sort=asc|desc`;汇总 `列名__groupby`、`列名__count|avg|min|max|sum`。"
    "另有 `after=`(翻页标记,取自 links.next)与 `columns=`(只要这些列,逗号分隔)。不认识的参数、列或运算符回答 400。"
)
_SIGNING = (
    "待签串为七行,以换行相连:方法、路径、排序后的查询串、请求体的 SM3(无请求体时为空串的 SM3)、应用标识、毫秒时间戳、随机数;"
    "以应用密钥算 HMAC-SM3,小写十六进制即 X-Signature。写法与示例见本站“开发者”页 /api 与安装包 docs/gateway.md。"
)

# Right or wrong only for one dataset or one page, which a schema of the address cannot say: told here, not as parameters.
_DEPENDENT: list[Json] = [
    {"name": "after", "in": "query", "description": "翻页标记,只取自上一页的 links.next;其他值回答 400"},
    {"name": "columns", "in": "query", "description": "只要这些列,逗号分隔;列名见数据集的 items,没有的列回答 400"},
    {"name": "{column}__{operator}", "in": "query", "description": "列条件、排序与汇总,见说明"},
]


def _object(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


FAULT: Json = _object(code=_TEXT, message=_TEXT, trace_id=_TEXT)
PAGE: Json = _object(
    data={"type": "array", "items": {"type": "object"}},
    links=_object(next={"type": ["string", "null"]}),
    meta=_object(page_size=_WHOLE, total=_WHOLE),
)
PUSHED: Json = _object(
    code=_TEXT, message=_TEXT, data=_object(message_id=_TEXT, sm3=_TEXT, rows=_WHOLE, is_new={"type": "boolean"}), trace_id=_TEXT
)
_RESULT: Json = _object(code=_TEXT, data={"type": ["object", "null"]})
MANY: Json = _object(code=_TEXT, message=_TEXT, data={"type": "array", "items": _RESULT}, trace_id=_TEXT)
_META: Json = _object(page_size=_WHOLE, total=_WHOLE, after={"type": ["string", "null"]})
ASKED: Json = _object(code=_TEXT, message=_TEXT, data={"type": "array", "items": {"type": "object"}}, meta=_META, trace_id=_TEXT)
LOOKUP: Json = _object(code=_TEXT, message=_TEXT, data={"type": ["object", "null"]}, trace_id=_TEXT)


def _answers(ok: Json, *errors: int) -> Json:
    body = {"application/json": {"schema": ok}}
    fault = {"application/json": {"schema": FAULT}}
    return {"200": {"description": "成功", "content": body}} | {
        str(status): {"description": "拒绝,message 说明原因与改法", "content": fault} for status in errors
    }


def paths() -> Json:
    """The paths of the doors."""
    return {
        "/api/v1/datasets/{slug}/rows": {"get": _rows()},
        "/gateway/{resource}/lookup": {"get": _lookup(), "post": _sealable(_lookup_many(), "lookup", {"keys": ["key"]})},
        "/gateway/{resource}/verify": {
            "get": _verify(), "post": _sealable(_verify_many(), "verify", {"items": ["item"], "rows": [["key", "value"]]}),
        },
        "/gateway/{resource}/rows": {"get": _asking("rows"), "post": _sealable(_asking_by_body("rows"), "rows", {"page_size": 20})},
        "/gateway/{resource}/proxy": {"get": _proxy(), "post": _proxy_by_body()},
        "/gateway/{resource}/aggregate": {
            "get": _asking("aggregate"), "post": _sealable(_asking_by_body("aggregate"), "aggregate", {"number__max": None}),
        },
        "/gateway/keys": {"get": _keys()},
        "/api/v1/push/{source}": {"post": _push()},
    }


def tell_of_slow_bodies(schema: Json) -> None:
    """To each operation that takes a body: what who sends it too slowly, or beside too many others, is answered (slow_clients.py)."""
    content = {"application/json": {"schema": _object(code=_TEXT, message=_TEXT, data={"type": "null"})}}
    wait = {"Retry-After": {"description": "几秒后再试", "schema": _WHOLE}}
    schema["components"].setdefault("responses", {}).update({
        "TooSlow": {"description": "请求体没有在时限内发完,连接已断开;请换好一些的网络,或分几次发", "content": content},
        "TooMany": {"description": "同时提交的人太多;按 Retry-After 再试", "headers": wait, "content": content},
    })
    for operation in (told for path in schema["paths"].values() for told in path.values() if "requestBody" in told):
        operation["responses"] |= {
            status: {"$ref": f"#/components/responses/{name}"} for status, name in (("408", "TooSlow"), ("503", "TooMany"))
        }


def security_schemes() -> Json:
    """How a department's application signs a call (standards/data.md 6.4)."""
    return {
        "AppId": {"type": "apiKey", "in": "header", "name": "X-App-Id", "description": "应用标识"},
        "Timestamp": {"type": "apiKey", "in": "header", "name": "X-Timestamp", "description": "毫秒时间戳,容差 300 秒"},
        "Nonce": {"type": "apiKey", "in": "header", "name": "X-Nonce", "description": "随机串,至少 16 字符,不得重放"},
        "SignAlg": {"type": "apiKey", "in": "header", "name": "X-Sign-Alg", "description": "HMAC-SM3"},
        "Signature": {"type": "apiKey", "in": "header", "name": "X-Signature", "description": "小写十六进制签名"},
    }


def token_scheme() -> Json:
    """How a program calls as its owner."""
    return {"AccessToken": {"type": "http", "scheme": "bearer", "description": "个人访问令牌 sxp_…,在工作台“我的账号”新建"}}


def _rows() -> Json:
    return {
        "operationId": "list_rows", "tags": ["datasets"], "summary": "数据行", "description": _OPERATORS,
        "parameters": [
            _SLUG,
            _query("page_size", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 20}, "每页条数"),
        ],
        "security": [{}, {"AccessToken": []}], "x-dependent-parameters": _DEPENDENT,
        "responses": _answers(PAGE, 400, 401, 403, 404, 409) | {"304": {"description": "没有变化(ETag)"}},
    }


_RESOURCE: Json = {
    "name": "resource", "in": "path", "required": True, "description": "资源的数据表名或代码",
    "schema": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,79}$"},
}
_KEYED: list[Json] = [{"name": "{key}", "in": "query", "description": "主键,名称与类型见资源的信息项"}]
_CLAIMS: list[Json] = [*_KEYED, {"name": "{item}", "in": "query", "description": "要核验的信息项与声称的值"}]
_VALUES: Json = {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "array"}, {"type": "object"}]}


def _gateway(name: str, summary: str, told: str, answer: Json, **more: object) -> Json:
    return {
        "operationId": name, "tags": ["gateway"], "summary": summary, "description": f"{told}{_SIGNING}",
        "security": [{name: [] for name in security_schemes()}], "parameters": [_RESOURCE],
        "responses": _answers(answer, 400, 401, 403, 404, 409, 413), **more,
    }


def _body(schema: Json) -> Json:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _lookup() -> Json:
    told = "主键写成查询参数,例如 ?uscc=…&columns=name。"
    parameters = [_RESOURCE, _query("columns", _TEXT, "只要这些列,逗号分隔")]
    operation = _gateway("lookup", "按主键查询一条(部门间,签名调用)", told, LOOKUP)
    return operation | {"parameters": parameters, "x-dependent-parameters": _KEYED}


def _lookup_many() -> Json:
    columns: Json = {"type": "array", "items": _TEXT, "minItems": 1}
    keys: Json = {"type": "array", "items": _VALUES, "minItems": 1, "maxItems": 10_000}
    body: Json = {"type": "object", "properties": {"columns": columns, "keys": keys}, "required": ["keys"], "additionalProperties": False}
    told = "按给出的次序逐键回答,最多 10,000 个。主键只有一项时直接写值,有几项时写对象或数组。"
    return _gateway("lookup_many", "按主键批量查询(签名调用)", told, MANY, requestBody=_body(body))


_SEALED: Json = _object(encType={"const": "SM4"}, keyId=_TEXT, key=_BASE64, data=_BASE64)
_SEALED_ANSWER: Json = _object(
    encType={"const": "SM4"}, data=_BASE64, signType={"const": "SM2"}, keyId=_TEXT, sign={"type": "string", "pattern": "^[0-9a-f]{128}$"},
)
_SEALING = (
    "\n\n加密报文:敏感资源(否则 api-4034)须用 SM2 签名,请求体换成 {encType, keyId, key, data}:key 为一次一换的 SM4 密钥(16 字节)"
    "用 /gateway/keys 的 encryption.public 做 SM2 加密(C1C3C2),data 为随机数(12)+密文+标签(16),SM4-GCM,附加数据为 REQUEST、方法、"
    "路径、应用标识、时间戳、随机数六行;均为 Base64,签名按换过的请求体算。回答的 data 同一密钥,附加数据首行为 ANSWER;sign 是平台对这六行"
    "和 data 的 SM3 的 SM2 签名。拒绝的回答不加密。"
)


def _sealable(operation: Json, action: str, body: Json) -> Json:
    """The operation, which may be called enciphered too, with a sample of that."""
    for place, sealed in ((operation["requestBody"], _SEALED), (operation["responses"]["200"], _SEALED_ANSWER)):
        media = place["content"]["application/json"]
        media["schema"] = {"anyOf": [media["schema"], sealed]}
    sample = sampling.sealed_code(Sampled("https://data.example.gov.cn", "table_name", action, "your-app-id", body))
    told = {"lang": "Python", "label": "SM2 签名、SM4 加密的调用", "source": sample}
    return operation | {"description": operation["description"] + _SEALING, "x-codeSamples": [told]}


def _keys() -> Json:
    half = {"public": {"type": "string", "description": "SM2 公钥,PEM"}}
    data = _object(encryption=_object(keyId=_TEXT, **half), signing=_object(**half))
    return {
        "operationId": "gateway_keys", "tags": ["gateway"], "summary": "平台公钥,加密调用用",
        "description": "encryption 用来加密调用方的 SM4 密钥,signing 用来核对回答的签名。不用签名。", "security": [{}],
        "responses": _answers(_object(code=_TEXT, message=_TEXT, data=data, trace_id=_TEXT)),
    }


def _verify() -> Json:
    told = "主键之外的参数是声称的值,逐项回答 一致、不一致 或 查无,不给出数据。"
    return _gateway("verify", "核验(签名调用)", told, LOOKUP) | {"x-dependent-parameters": _CLAIMS}


def _verify_many() -> Json:
    items: Json = {"type": "array", "items": _TEXT, "minItems": 1}
    rows: Json = {"type": "array", "items": _VALUES, "minItems": 1, "maxItems": 100_000}
    body: Json = {
        "type": "object", "properties": {"items": items, "rows": rows}, "required": ["items", "rows"], "additionalProperties": False,
    }
    told = "rows 的每一行是对象,或依次写主键与 items 各值的数组;按次序逐行回答,最多 100,000 行。"
    return _gateway("verify_many", "批量核验(签名调用)", told, MANY, requestBody=_body(body))


_PROXIED: Json = _object(code=_TEXT, message=_TEXT, data={"type": "array", "items": {"type": "object"}}, trace_id=_TEXT)
_PROXY_TOLD = "向提供单位自己的接口实时查询;参数是登记的信息项,回答只含授权的列。源端异常 502,超时 504,过于频繁 429。"


def _proxy() -> Json:
    return _gateway("ask_source", "实时查询提供单位的接口(签名调用)", _PROXY_TOLD, _PROXIED) | {"x-dependent-parameters": _KEYED}


def _proxy_by_body() -> Json:
    body: Json = {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null", "array"]}}
    return _gateway("ask_source_by_body", "实时查询,参数在请求体", _PROXY_TOLD, _PROXIED, requestBody=_body(body))


_ASKINGS = {
    "rows": ("按条件取行(签名调用)", "下一页用 after=meta.after。"),
    "aggregate": ("分组统计(签名调用)", "不分组时回答一行合计。行数少于 meta.least 的组不给出,meta.withheld 是没有给出的组数。"),
}


def _asking(name: str) -> Json:
    summary, told = _ASKINGS[name]
    parameters = [_RESOURCE, _query("page_size", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 20}, "每页条数")]
    operation = _gateway(f"ask_{name}", summary, told + _OPERATORS, ASKED)
    return operation | {"parameters": parameters, "x-dependent-parameters": _DEPENDENT}


def _asking_by_body(name: str) -> Json:
    summary, told = _ASKINGS[name]
    value: Json = {"type": ["string", "number", "boolean", "null"]}
    body: Json = {"type": "object", "additionalProperties": value}
    told = f"参数写成请求体 JSON 对象的成员,不进地址与代理的日志。{told}"
    return _gateway(f"ask_{name}_by_body", summary, told + _OPERATORS, ASKED, requestBody=_body(body))


def _push() -> Json:
    row: Json = {"type": "object"}
    rows: Json = {"anyOf": [row, {"type": "array", "items": row, "minItems": 1, "maxItems": 10000}]}
    return {
        "operationId": "push", "tags": ["push"], "summary": "推送数据到来源的收件箱(签名调用)",
        "description": f"登记为推送来源的系统发送行;同一 X-Message-Id 重发只收一次。{_SIGNING}",
        "security": [{name: [] for name in security_schemes()}],
        "parameters": [
            {"name": "source", "in": "path", "required": True, "description": "来源的英文标识",
             "schema": {"type": "string", "pattern": "^[a-z][a-z0-9-]{1,59}$"}},
            {"name": "X-Message-Id", "in": "header", "required": True, "description": "消息标识,重发时不变",
             "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{8,128}$"}},
        ],
        "requestBody": {
            "required": True, "description": "一个对象、对象的数组;或 NDJSON,每行一个对象",
            "content": {"application/json": {"schema": rows}},
        },
        "responses": _answers(PUSHED, 400, 401, 403, 404, 409),
    }


def _query(name: str, schema: Json, text: str) -> Json:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": text}
