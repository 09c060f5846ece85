"""How letters travel: one interface (`base.LinkAdapter`);
by the network, through a folder that is carried across, or as calls in the national style."""

from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    from suixin.data.sharing.cascade.adapters.base import LinkAdapter
    from suixin.data.sharing.cascade.models import Link


def adapter_for(link: "Link") -> "LinkAdapter":
    """The way to that peer. Raises WrongLink when a folder is not there."""
    from suixin.data.sharing.cascade.adapters.direct.adapter import DirectAdapter
    from suixin.data.sharing.cascade.adapters.folder import FolderAdapter
    from suixin.data.sharing.cascade.adapters.http import HttpAdapter
    from suixin.data.sharing.cascade.models import Way
    from suixin.data.sharing.cascade.posting import platform

    way = Way(link.way)
    match way:
        case Way.HTTP:
            return HttpAdapter(link, platform().code)
        case Way.FOLDER:
            return FolderAdapter(link, platform().code)
        case Way.DIRECT:
            return DirectAdapter(link, platform().code)
        case _:
            assert_never(way)
