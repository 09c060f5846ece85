"""`suixin source`: list sources, check one now."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do with which."""
    acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
    acts.add_parser("list", help="every source and what its last check said")
    check = acts.add_parser("check", help="look at a source now; 1 when it is not well")
    check.add_argument("slug", nargs="*", help="identifiers of the sources; none: all that are enabled")


def run(options: argparse.Namespace) -> int:
    """A line per source; 1 when one that was checked is not well."""
    from suixin.data.collection.declaring import check_source
    from suixin.data.collection.models import Source, SourceState
    from suixin.kit.actor import SYSTEM
    from suixin.kit.errors import NotFound

    if options.act == "list":
        for one in Source.objects.select_related("organisation"):
            print(f"{one.slug}  {one.get_kind_display()}  {one.get_state_display()}  {one.name}  {one.health or '未检查'}")
        return 0
    found = list(Source.objects.filter(slug__in=options.slug) if options.slug else Source.objects.filter(state=SourceState.ENABLED))
    missing = set(options.slug) - {one.slug for one in found}
    if missing:
        raise NotFound(f"没有名为“{min(missing)}”的来源;用 suixin source list 查看。")
    checked = [check_source(one, actor=SYSTEM) for one in found]
    for one in checked:
        print(f"{'正常' if one.is_well else '有问题'}  {one.slug}  {one.health}", flush=True)
    return 0 if all(one.is_well for one in checked) else 1
