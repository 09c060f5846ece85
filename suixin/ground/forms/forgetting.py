"""Drafts whose time is over go, with their attachments."""

from django.db import transaction

from suixin.ground.files import actions as files
from suixin.ground.forms.actions import DRAFT
from suixin.ground.forms.models import Draft
from suixin.kit import clock
from suixin.kit.actor import SYSTEM


def forget_drafts(*, limit: int = 5_000) -> int:
    """How many drafts were forgotten; one at a time, so that it may stop anywhere."""
    old = Draft.objects.filter(expires_at__lte=clock.now()).values_list("pk", "uuid")[:limit]
    forgotten = 0
    for key, token in list(old):
        with transaction.atomic():  # attachments of a draft that is gone would stay for good
            if Draft.objects.filter(pk=key, expires_at__lte=clock.now()).delete()[0]:
                files.release(owner_kind=DRAFT, owner_key=str(token), actor=SYSTEM)
                forgotten += 1
    return forgotten
