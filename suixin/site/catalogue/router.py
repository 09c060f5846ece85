"""The one router of the catalogue's addresses: two methods of one address must stand in one."""

from django.http import HttpRequest
from ninja import Router, Schema

from suixin.kit.errors import BadRequest

router = Router(tags=["catalogue"])


def refuse_unknown(request: HttpRequest, query: type[Schema] | None = None) -> None:
    """Nothing, when the address carries only parameters that are declared. Raises BadRequest."""
    known = set(query.model_fields) if query else set()
    if unknown := sorted(set(request.GET) - known):
        told = f"可用 {'、'.join(sorted(known))}" if known else "这个地址没有参数"
        raise BadRequest(f"不认识的参数“{unknown[0][:60]}”;{told}。")
