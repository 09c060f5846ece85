"""Accounts to tell, channels to tell them by."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.test import override_settings

from suixin.ground.people.models import Account, Organisation, Post
from suixin.kit import clock

MONDAY_NOON = datetime(2026, 3, 2, 12, 0, tzinfo=clock.CHINA)


def account(name: str = "wang", *, email: str = "", organisation: Organisation | None = None, role: str = "clerk") -> Account:
    """A saved account, with a post when an organisation is given."""
    made = Account.objects.create(username=name, email=email, display_name=name)
    if organisation:
        Post.objects.create(account=made, organisation=organisation, role=role)
    return made


@contextmanager
def settings_of(**changes: Any) -> Iterator[None]:
    """Inside, the installation has these settings."""
    with override_settings(SUIXIN=replace(settings.SUIXIN, **changes)):
        yield


def with_mail() -> AbstractContextManager[None]:
    """An installation that sends mail somewhere."""
    return settings_of(smtp_url="smtp://127.0.0.1:1", mail_from="suixin@city.example")
