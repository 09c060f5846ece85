"""Who handles what residents apply for: in every department with items in use a clerk and an approver, where it has none."""

from suixin.ground.people.models import Account, Organisation, Post
from suixin.kit import clock
from suixin.services.items.models import Item, ItemState
from suixin.site.demo.people import Person, employ

POSTS = (("clerk", "clerk", "经办人"), ("head", "department_head", "负责人"))  # word of the account's name, role, word of the name shown


def load(password: str) -> str:
    """A line on how many departments can handle cases; accounts that are there already stay as they are."""
    places = departments()
    made = employ(_lacking(places), password) if places else 0
    return f"办事部门 {len(places)} 个都有经办人和负责人（新建账号 {made} 个）"


def departments() -> list[Organisation]:
    """The organisations that have an item in use."""
    return list(Organisation.objects.filter(pk__in=Item.objects.filter(state=ItemState.IN_USE).values("organisation")).order_by("slug"))


def sample() -> str:
    """The two accounts of one department, with who they are."""
    places = departments()
    known = {one.username: one for one in Account.objects.filter(username__in=[name for place in places for name in _names_of(place.slug)])}
    names = next((_names_of(place.slug) for place in places if known.keys() >= set(_names_of(place.slug))), [])
    return "、".join(f"{name} {known[name].display_name}" for name in names)


def _lacking(places: list[Organisation]) -> list[Person]:
    """The demo's own people of these departments: those of a post that somebody else holds are left out."""
    posts = Post.objects.not_ended(clock.today()).filter(organisation__in=places, role__in=[role for _, role, _ in POSTS])
    held = {(place, role) for place, role, name in posts.values_list("organisation__slug", "role", "account__username")
            if name not in _names_of(place)}
    return [
        Person(f"{word}-{place.slug}", f"{place}{title}", place.slug, role) for place in places for word, role, title in POSTS
        if (place.slug, role) not in held
    ]


def _names_of(slug: str) -> list[str]:
    return [f"{word}-{slug}" for word, _, _ in POSTS]
