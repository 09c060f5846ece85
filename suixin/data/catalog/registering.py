"""Registering an entry as a person does: under a name that its department has not given yet, and on its way to publication.

Lock   the provider's row, so that of two who register the same name at once the second is told
"""

from dataclasses import replace

from django.db import IntegrityError, transaction

from suixin.data.catalog import actions, publication, queries, stating
from suixin.data.catalog.drafts import ResourceDraft
from suixin.data.catalog.models import Resource
from suixin.kit.actor import Actor

TRIES = 5


@transaction.atomic
def register(draft: ResourceDraft, *, actor: Actor) -> Resource:
    """The entry proposed, its publication at its first step in the proposer's inbox. Raises NotAllowed, InvalidEntry."""
    stating.refuse_namesake(draft.provider, draft.contract.title)
    resource = _proposed(draft, actor)
    publication.begin(resource, actor=actor)
    return resource


def _proposed(draft: ResourceDraft, actor: Actor) -> Resource:
    """The proposed entry; the table's name may be taken by another department at the same moment, then the next one is tried."""
    for attempt in range(TRIES):
        table = queries.free_table_name(draft.contract.table)
        try:
            with transaction.atomic():
                return actions.propose_resource(replace(draft, contract=replace(draft.contract, table=table)), actor=actor)
        except IntegrityError:
            if attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")
