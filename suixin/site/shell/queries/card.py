"""What the card of an entry says where another page embeds it, how it is embedded, and what became of entries as a feed."""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html
from django.utils.translation import gettext

from suixin.data.catalog import announcing
from suixin.data.catalog.models import EntryEvent, OpenType, Resource, ShareType
from suixin.data.lake.models import Batch
from suixin.kit.errors import NotFound
from suixin.site.shell.queries.cards import cycle_name, total_score
from suixin.site.shell.queries.catalogue import dataset_href
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import word

WIDTH, HEIGHT, NARROWEST, LOWEST = 360, 250, 280, 120
NEWEST = 50
TONES = {"unconditional": "good", "conditional": "warn", "withheld": "quiet"}
_PATH = re.compile(r"/catalogue/([A-Za-z0-9_-]{1,120})(?:/card)?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class EntryCard:
    """One entry in a few words. When its data are not open, `updated` is that of the entry and there is no score."""

    title: str
    provider: str
    share: str
    share_tone: str
    opening: str
    open_tone: str
    cycle: str
    updated: str
    is_open: bool
    score: str
    href: str
    is_simulated: bool


def card_of(resource: Resource) -> EntryCard:
    """The card of a published entry; two queries."""
    is_open = bool(dataset_href(resource))
    landed = Batch.objects.landed().whole().filter(resource=resource).order_by("-id")
    batch = landed.only("created_at", "scores").first() if is_open else None
    score = total_score(batch.scores) if batch else None
    said = resource.versions.values_list("published_at", flat=True).first() or resource.publish_date
    return EntryCard(
        title=resource.title, provider=resource.provider.name,
        share=word(ShareType(resource.share_type).label), share_tone=TONES[resource.share_type],
        opening=word(OpenType(resource.open_type).label), open_tone=TONES[resource.open_type],
        cycle=cycle_name(resource.update_cycle) or word("不定期"), updated=_day(batch.created_at if batch else said), is_open=is_open,
        score=number(score) if score is not None else "", href=reverse("catalogue-entry", args=[resource.table]),
        is_simulated=resource.is_simulated,
    )


def snippet(resource: Resource, site: str, *, width: int = WIDTH, height: int = HEIGHT) -> str:
    """The HTML that embeds the card; `site` is our own address, so nothing that was asked for stands in it."""
    address = site + reverse("catalogue-card", args=[resource.table])
    return str(format_html(
        '<iframe src="{}" title="{}" width="{}" height="{}" loading="lazy" sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>',
        address, resource.title, width, height,
    ))


def oembed_href(resource: Resource, site: str) -> str:
    """Where the card is described for pages that embed by address alone."""
    return f"{site}{reverse('oembed')}?url={quote(site + reverse('catalogue-entry', args=[resource.table]), safe='')}"


def table_in(address: str, site: str) -> str:
    """The table that an address of our own catalogue names. Raises NotFound for any other address."""
    try:
        parts, ours = urlsplit(address), urlsplit(site)
    except ValueError:
        parts, ours = urlsplit(""), urlsplit(site)
    path = _PATH.fullmatch(parts.path.rstrip("/"))
    is_ours = parts.scheme in ("http", "https") and parts.netloc.lower() == ours.netloc.lower()
    if path is None or not is_ours:
        raise NotFound("参数 url 应是本站一条目录的网址，例如 /catalogue/ 后接数据表名的完整地址；其他网址不提供卡片。")
    return path[1]


def atom(site: str, address: str) -> str:
    """The newest events of the catalogue as an Atom feed."""
    feed = Atom1Feed(
        title=gettext("资源目录的变动"), link=site + reverse("catalogue"), description=gettext("目录的发布、变更和撤销"), feed_url=address,
        feed_guid=address, language="zh-Hans",
    )
    for event in announcing.newest_events(NEWEST):
        resource = event.resource
        link = site + reverse("catalogue-entry", args=[resource.table])
        feed.add_item(
            title=_plain(f"{word(str(event.get_kind_display()))}：{resource.title}"), link=link, description=_plain(_said(event)),
            unique_id=f"urn:uuid:{resource.uuid}:{event.number}", pubdate=event.at, updateddate=event.at,
            author_name=_plain(resource.provider.name),
        )
    return feed.writeString("utf-8")


def _said(event: EntryEvent) -> str:
    told = gettext("%(provider)s，信息资源代码 %(code)s，第%(version)s版，%(at)s") % {
        "provider": event.resource.provider.name, "code": event.resource.code, "version": event.version, "at": moment(event.at),
    }
    return told + (gettext("；由 %(table)s 取代") % {"table": event.successor} if event.successor else "")


def _day(at: object) -> str:
    return moment(at)[:10] if isinstance(at, datetime) else moment(at)


def _plain(text: str) -> str:
    """The text without what XML does not hold."""
    return _CONTROL.sub("", text)
