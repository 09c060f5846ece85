"""Platforms as they run: real processes, killed in mid-transfer, with nothing lost and nothing doubled."""

import pytest

from suixin.kit import clock
from tests.cascade.conftest import Instance

# the homes of the instances are copies of the tests' database
pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.slow, pytest.mark.timeout(1800)]


def within(rows: list[list[str]], *prefixes: str) -> list[list[str]]:
    """Of the rows those of the divisions that begin so."""
    return [one for one in rows if one[1].startswith(prefixes)]


def test_rows_return_to_the_city_once_whoever_is_killed_and_both_ends_count_the_same(three: dict[str, Instance]) -> None:
    province, city = three["sc"], three["sn"]
    province.cascade("run", crash_at="part_written")
    with city.serving(SUIXIN_CRASH_AT="letter_kept") as server:
        assert "连不上" in province.act("run")["faults"][0]  # the city's worker died when it had kept one letter
        server.kill()
        server.wait()
    city.serve()
    province.cascade("run", crash_at="letters_sent")
    province.act("run")
    for act in ("run", "accept"):
        city.act(act)
    city.cascade("run", crash_at="part_in_lake")
    city.act("run")
    province.act("run")
    sent, got = province.act("tell"), city.act("tell")
    assert got["rows"] == within(sent["rows"], "5109")
    assert len(got["rows"]) == got["intakes"][0][2] == sent["flows"][0][2] == 6_000
    assert (got["intakes"][0][0], sent["flows"][0][:2], sent["receipts"]) == (3, [3, 3], 3)
    assert sent["entries"] == [["sn", "试验名单", "published"]]
    assert province.cascade("reconcile", "--day", f"{clock.today()}").returncode == 0
    assert [one[2:] for one in province.act("tell")["reconciled"]] == [["agreed", []], ["agreed", []]]


def test_what_leaves_the_division_leaves_the_city_and_a_lost_letter_comes_again(three: dict[str, Instance]) -> None:
    province, city, county = three["sc"], three["sn"], three["cs"]
    province.act("change", numbers=list(range(50)), changes={"division_code": "511000"}, sm3="two")
    province.act("change", numbers=list(range(50, 60)), changes={"name": "改过"}, sm3="three")
    city.act("offer", peer="cs", divisions=["510903"], is_receipted=True)
    province.act("run")
    city.act("lose", sequence=2)
    city.act("run")
    assert "缺失 [2]" in province.cascade("reconcile", "--day", f"{clock.today()}").stdout
    assert "缺失" not in province.cascade("reconcile", "--day", f"{clock.today()}").stdout
    expected = province.act("tell")["rows"]
    assert city.act("tell")["rows"] == within(expected, "5109")
    city.act("run")
    county.act("run")
    county.act("accept")
    county.act("run")
    assert county.act("tell")["rows"] == within(expected, "510903")
    letter, key = county.home.parent / "letter.json", city.command("receipt", "key").stdout.split()[-1]
    county.act("letter", file=str(letter), part=1)
    assert "核验通过" in county.command("receipt", "verify", str(letter), "--fingerprint", key).stdout
    letter.write_text(letter.read_text().replace("单位", "单伎", 1))
    assert county.command("receipt", "verify", str(letter), "--fingerprint", key).returncode == 1


def test_keys_of_the_city_change_while_letters_go_and_none_is_lost(three: dict[str, Instance]) -> None:
    province, city = three["sc"], three["sn"]
    city.serve()
    province.act("change", numbers=list(range(70, 80)), changes={"name": "换钥前"}, sm3="four")
    city.act("rotate")
    city.act("run")
    province.act("change", numbers=list(range(80, 90)), changes={"name": "换钥时"}, sm3="five")
    province.act("run")
    assert province.act("tell")["keys"] == [["link:1", "link:1 link:1", 0]]
    province.act("accept_keys", peer="sn")
    for one in (city, province, city, province):
        assert one.act("run")["faults"] == []
    assert province.act("tell")["keys"] == [["link:2", "link:1 link:1", 1]]
    assert ["link:1", "link:2 link:2", 0] in city.act("tell")["keys"]
    assert city.act("tell")["rows"] == within(province.act("tell")["rows"], "5109")
    links = province.act("tell")["links"]["sn"], city.act("tell")["links"]["sc"]
    assert (links[0][0], links[1][0]) == (links[1][2], links[0][2])  # what one wrote the other has


def test_two_that_share_only_a_folder_exchange_whatever_is_lost_doubled_or_late(two: dict[str, Instance]) -> None:
    city, county = two["sn"], two["cs"]
    down = city.home.parent / "carried" / "down"
    city.act("run")
    package, *_ = sorted(down.glob("*.sxp"))
    copy = package.read_bytes()
    package.write_bytes(copy[: len(copy) // 2])  # as it is while it is still being copied
    county.act("run")
    assert county.act("tell")["links"]["sn"][2] == 0
    package.write_bytes(copy)
    (down / f"9{package.name[1:]}").write_bytes(copy)
    for act in ("run", "accept", "run"):
        county.act(act)
    city.act("run")
    sent, got = city.act("tell"), county.act("tell")
    assert got["rows"] == within(sent["rows"], "510903")
    assert (sent["flows"][0][:2], sent["entries"][0][0]) == ([1, 1], "cs")
