"""Who acts: the frozen `Actor` of an account or an application, and what applications sign with."""

from suixin.ground.people.keys import master_key
from suixin.ground.people.models import Account, Application, Organisation
from suixin.kit.actor import Actor, ActorKind
from suixin.kit.errors import NotFound
from suixin.kit.sm import sm4_open


def actor_of(account: Account, organisation: Organisation | None = None) -> Actor:
    """The account acting for `organisation`, or for that of its first post; roles are those held there."""
    posts = list(account.posts.select_related("organisation__parent__parent"))
    acted_for = organisation or (posts[0].organisation if posts else None)
    name = account.display_name or account.username
    if acted_for is None:
        return Actor(ActorKind.STAFF, account.username, name)
    roles = frozenset(post.role for post in posts if post.organisation_id == acted_for.pk)
    return Actor(ActorKind.STAFF, account.username, name, acted_for.uscc, acted_for.path, roles)


def application_actor(application: Application) -> Actor:
    """The application as an actor for its organisation, without roles: grants say what it may."""
    organisation = application.organisation
    return Actor(ActorKind.APPLICATION, application.app_id, application.name, organisation.uscc, organisation.path)


def application_secret(app_id: str) -> tuple[bytes, Actor]:
    """The secret an active application signs with, and its actor. Raises NotFound. Two queries; callers cache."""
    application = (
        Application.objects.select_related("organisation__parent__parent").filter(app_id=app_id, is_active=True).first()
    )
    if application is None:
        raise NotFound(f"没有启用的应用“{app_id}”;请核对应用标识,或请数据局启用该应用。", app_id=app_id)
    secret = sm4_open(master_key(), bytes(application.secret_sealed), app_id.encode())
    return secret, application_actor(application)
