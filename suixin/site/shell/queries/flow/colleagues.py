"""To whom somebody may hand over or delegate: who holds a post in the same organisations."""

from collections.abc import Collection

from django.db.models import QuerySet

from suixin.ground.flow.rights import acting_roles
from suixin.ground.people.models import Account, Organisation, Post
from suixin.kit import clock
from suixin.kit.actor import Actor

MOST = 500


def places_of(actor: Actor) -> list[int]:
    """Numbers of the organisations in which the actor's account holds a post today."""
    posts = Post.objects.in_force(clock.today()).filter(account__username=actor.key, account__is_active=True)
    return list(posts.order_by().values_list("organisation_id", flat=True).distinct())


def colleagues(places: Collection[int], *, besides: str = "", role: str = "") -> list[int]:
    """Numbers of the active accounts with a post today in these organisations, but for the account of that name.

    The post is `role`; without one, any that may decide steps.
    """
    roles = [role] if role else acting_roles()
    posts = Post.objects.in_force(clock.today()).filter(organisation_id__in=places, account__is_active=True, role__in=roles)
    found = posts.exclude(account__username=besides) if besides else posts
    return list(found.order_by().values_list("account_id", flat=True).distinct()[:MOST])


def named(numbers: Collection[int]) -> QuerySet[Account]:
    """These accounts by name."""
    return Account.objects.filter(pk__in=numbers).order_by("display_name", "username")


def organisations(numbers: Collection[int]) -> QuerySet[Organisation]:
    """These organisations in the order of the tree."""
    return Organisation.objects.filter(pk__in=numbers).order_by("lineage")
