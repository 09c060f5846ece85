"""What proposals are called: readable titles, table names in ASCII, never a path."""

import pytest

from suixin.data.collection import describing, naming
from suixin.data.quality.source import SourceTable


def called(*files: str, scope: str = "", name: str = "", title: str = "") -> naming.Naming:
    table = SourceTable(name or naming.stem_of(files[0]), ("a",), lambda: iter(()), "csv", title=title)
    return naming.naming_of([(file, table) for file in files], scope=scope)


def test_endings_of_packed_files_are_not_part_of_the_name() -> None:
    assert naming.stem_of("folder/数据.csv.gz") == "数据"
    assert naming.stem_of("PRSA_Data_20130301-20170228.csv.gz") == "PRSA_Data_20130301-20170228"


@pytest.mark.parametrize(
    ("files", "scope", "title", "table"),
    [
        (["china_cities_20190201.csv", "china_cities_20190202.csv"], "air/daily", "中国城市空气质量逐日数据", "air_daily_china_cities"),
        (["suining_hourly_2018-12_2019-06.csv"], "air", "遂宁空气质量逐小时数据", "air_suining_hourly"),
        (["002466.csv", "002460.csv"], "economy/lithium_stocks", "锂业股票行情", "lithium_stocks"),
        (["2020-01-31.json", "2020-02-05.json"], "covid/daily_json", "新冠肺炎疫情逐日数据", "covid_daily"),
        (["GB-4754-2017.csv", "GB-4754-2017.db"], "codes", "国民经济行业分类(GB 4754-2017)", "codes_gb_4754_2017"),
        (["qweather_POI-Scenic-List-latest.csv"], "gov", "景区名录(qweather)", "qweather_poi_scenic_list_latest"),
        (["issue-811.csv"], "messy/frictionless", "Issue 811", "issue_811"),
        (["工业产品产量.csv"], "economy/nbs_yearly/工业", "工业产品产量", "gong_ye_chan_pin_chan_liang"),
        (["流动负债合计.csv"], "nbs/国有企业", "国有企业·流动负债合计", "guo_you_qi_ye_liu_dong_fu_zhai_he_ji"),
    ],
)  # fmt: skip
def test_files_of_a_folder_get_a_title_of_known_words(files: list[str], scope: str, title: str, table: str) -> None:
    found = called(*files, scope=scope)
    assert (found.title, found.table) == (title, table)
    assert "/" not in found.title


def test_title_line_wins_over_unknown_words_and_sheets_are_named() -> None:
    assert called("x.csv", title="遂宁市人口").title == "遂宁市人口"
    assert called("x.xlsx", name="Sheet1").title == "X"
    assert called("school_x.xlsx", name="汇总").title == "School x·汇总"
    assert called("公交.xlsx", name="站点").table == "gong_jiao_zhan_dian"


def test_theme_is_guessed_from_title_folder_and_headers() -> None:
    assert describing.theme_of("中国城市逐日数据", "air", ["AQI", "城市"]) == "生态环保"
    assert describing.theme_of("股票行情", "", ["收盘价"]) == "经济发展"
    assert describing.theme_of("Issue 811", "messy", ["Codice"]) == ""
