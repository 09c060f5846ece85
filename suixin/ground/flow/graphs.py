"""The graph of a version, made once and remembered."""

from functools import lru_cache

from suixin.ground.flow import procedures
from suixin.ground.flow.models import ProcedureVersion
from suixin.ground.flow.scheduling import Graph


def graph_of(version: ProcedureVersion) -> Graph:
    """The graph of a version, remembered."""
    return _graph(version.digest, version.pk)


@lru_cache(maxsize=512)
def _graph(digest: str, version_id: int) -> Graph:  # the digest says the content, so that an id used again is no matter
    del digest
    return Graph(procedures.declaration_of(ProcedureVersion.objects.get(pk=version_id)))
