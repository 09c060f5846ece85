"""What users' doubts say of rows that must end: their sealed contents name key and value of a row."""

from collections.abc import Callable, Mapping

import orjson
from django.db import transaction

from suixin.data.catalog.models import Resource
from suixin.data.quality.models import Doubt

GONE = "[已销毁]"


def forget_doubts(resource: Resource, names: Callable[[Mapping[str, object]], bool]) -> int:
    """How many doubts of the resource named one of the rows; they keep item, order and answer, and no word of the row.

    `names` is asked of cells by field: those by which the row is known, and each text of the doubt as one of its item.
    """
    count = 0
    for key in Doubt.objects.filter(resource=resource).values_list("pk", flat=True):
        with transaction.atomic():
            doubt = Doubt.objects.select_for_update().get(pk=key)
            held = orjson.loads(doubt.sealed)
            texts = [{doubt.field: value} for name, value in held.items() if name != "row"]
            if any(names(cells) for cells in (held["row"], *texts)):
                emptied = dict.fromkeys(held, GONE) | {"row": dict.fromkeys(held["row"], GONE)}
                doubt.sealed = orjson.dumps(emptied).decode()
                doubt.save(update_fields=["sealed"])
                count += 1
    return count
