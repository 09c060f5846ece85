"""Who acts: the frozen `Actor` of an account or an application, and what applications sign with."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Case, Q, When

from suixin.ground.people.keys import open_secret
from suixin.ground.people.models import Account, Application, ApplicationKey, KeyKind, Organisation, Post
from suixin.ground.security import policy
from suixin.ground.security.rules import Scope
from suixin.kit import clock
from suixin.kit.actor import Actor, ActorKind
from suixin.kit.errors import NotFound

KEYS_READ = 12  # usable keys and the newest ended ones, so that a call with one of these is told why


def posts_in_force(account: Account) -> list[Post]:
    """Posts of an account that give a role today, oldest first, with their organisations; none of a disabled account."""
    if not account.is_active:
        return []
    return sorted(account.posts.in_force(clock.today()).select_related("organisation").order_by(), key=lambda post: post.pk)


def actor_of(account: Account, organisation: Organisation | None = None, *, posts: Sequence[Post] | None = None) -> Actor:
    """The account acting for `organisation`, or for that of its first post; roles are those held there today.

    Where it holds no post today it acts for nobody and has no role. `posts`: its `posts_in_force` where they were read already.
    """
    posts = posts_in_force(account) if posts is None else posts
    places = [post.organisation for post in posts if organisation is None or post.organisation_id == organisation.pk]
    name = account.display_name or account.username
    if not places:
        return Actor(ActorKind.STAFF, account.username, name)
    place = places[0]
    roles = frozenset(post.role for post in posts if post.organisation_id == place.pk)
    return Actor(ActorKind.STAFF, account.username, name, place.uscc, place.path, roles, place.jurisdiction)


def within(actor: Actor, verb: str, field: str = "") -> Q:
    """The condition that rows lie where `actor` may do `verb`; `field` leads from the row to its organisation."""
    prefix = f"{field}__" if field else ""
    match policy.reach(actor, verb):
        case None:
            return Q(pk__in=[])
        case Scope.ALL:
            return Q()
        case Scope.OWN:
            return Q(**{f"{prefix}uscc": actor.organisation}) if actor.organisation else Q(pk__in=[])
        case Scope.SUBTREE:
            return below(actor, field)


def either(first: Q, second: Q) -> Q:
    """One condition or the other. An empty one is true of every row, which `|` does not know: it would leave only the other."""
    return first | second if first and second else Q()


def below(actor: Actor, field: str = "") -> Q:
    """The condition that rows lie in the subtree that `actor` governs."""
    prefix = f"{field}__" if field else ""
    if not actor.head:
        return Q(pk__in=[])
    path = actor.organisation_path
    kept = path[: path.index(actor.head) + 1] if actor.head in path else (actor.head,)
    return Q(**{f"{prefix}lineage__startswith": "/".join(kept) + "/"})


def bureau_of(organisation: Organisation) -> Organisation | None:
    """The bureau that administers the organisation's data today: of its own government, else of the next one above."""
    bureaus = Organisation.objects.in_force(clock.today()).filter(is_bureau=True, parent__uscc__in=organisation.path)
    return max(bureaus, key=lambda bureau: (len(bureau.path), -bureau.pk), default=None)


def application_actor(application: Application) -> Actor:
    """The application as an actor for its organisation, without roles: grants say what it may."""
    organisation = application.organisation
    return Actor(
        ActorKind.APPLICATION, application.app_id, application.name, organisation.uscc, organisation.path,
        jurisdiction=organisation.uscc,
    )


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key of an application, opened; instants are seconds since the epoch, 0.0 for none."""

    pk: int
    key_id: str
    kind: str
    secret: bytes
    public: bytes
    expires_at: float
    revoked_at: float

    def has_ended(self, now: float) -> bool:
        """Whether it signs no more."""
        return 0.0 < self.revoked_at <= now or 0.0 < self.expires_at <= now

    def ended_at(self, now: float) -> float:
        """The instant from which it signs no more, when that has come; 0.0 while it signs."""
        ends = [moment for moment in (self.revoked_at, self.expires_at) if moment and moment <= now]
        return min(ends, default=0.0)


@dataclass(frozen=True, slots=True)
class Calling:
    """An application that may call: as an actor, with its keys, newest first, ended ones too, and from where and how it may sign."""

    actor: Actor
    keys: tuple[SigningKey, ...]
    networks: tuple[str, ...]
    styles: frozenset[str]


def signing_keys(app_id: str) -> tuple[Actor, tuple[SigningKey, ...]]:
    """The actor and the keys of `calling_application`."""
    found = calling_application(app_id)
    return found.actor, found.keys


def calling_application(app_id: str) -> Calling:
    """An active application of an existing organisation. Raises NotFound. One query; callers cache."""
    found = calling_applications([app_id])
    if app_id not in found:
        raise NotFound(f"没有启用的应用“{app_id}”;请核对应用标识,或请数据局启用该应用。", app_id=app_id)
    return found[app_id]


def calling_applications(app_ids: Sequence[str]) -> dict[str, Calling]:
    """Those of them that are active, of existing organisations, by their id. One query."""
    ended = Q(revoked_at__isnull=False) | Q(expires_at__lte=clock.now())
    kept: dict[str, list[ApplicationKey]] = {}
    for row in (
        ApplicationKey.objects.select_related("application__organisation")
        .filter(application__app_id__in=app_ids, application__is_active=True)
        .order_by(Case(When(ended, then=1), default=0), "-pk")
    ):
        kept.setdefault(row.application.app_id, []).append(row)
    today = clock.today()
    return {
        app_id: _calling(rows[0].application, rows[:KEYS_READ]) for app_id, rows in kept.items()
        if rows[0].application.organisation.is_in_force(today)
    }


def _calling(application: Application, rows: Sequence[ApplicationKey]) -> Calling:
    keys = tuple(_opened(row, application.app_id) for row in rows)
    return Calling(application_actor(application), keys, tuple(application.networks), frozenset(application.styles))


def application_secret(app_id: str) -> tuple[bytes, Actor]:
    """The newest secret that an active application signs with, and its actor. Raises NotFound."""
    actor, keys = signing_keys(app_id)
    now = clock.now().timestamp()
    for key in keys:
        if key.kind == KeyKind.HMAC and not key.ended_at(now):
            return key.secret, actor
    raise NotFound(f"应用“{app_id}”没有有效的共享密钥;请在应用页新建,或用 SM2 私钥签名。", app_id=app_id)


@lru_cache(maxsize=4096)
def _secret_of(sealed: bytes, app_id: str) -> bytes:
    """The secret of a row that did not change: applications are read every second, a hundred at once, and opening is dear."""
    return open_secret(sealed, app_id)


def _opened(row: ApplicationKey, app_id: str) -> SigningKey:
    return SigningKey(
        row.pk, row.key_id, row.kind,
        secret=_secret_of(bytes(row.secret_sealed), app_id) if row.kind == KeyKind.HMAC else b"",
        public=bytes.fromhex(row.public),
        expires_at=row.expires_at.timestamp() if row.expires_at else 0.0,
        revoked_at=row.revoked_at.timestamp() if row.revoked_at else 0.0,
    )
