"""Words of file and folder names, and of the themes: what a title in Chinese is made from.

A word is a place, a level of division, a subject, a kind of table or a frequency; its order in a title is the order
of `Part`. A word mapped to "" says nothing to a reader. Themes are names of the city's list (`themes.yaml`).
"""

from enum import IntEnum


class Part(IntEnum):
    """Place of a word in a title."""

    PLACE = 0
    LEVEL = 1
    SUBJECT = 2
    KIND = 3
    FREQUENCY = 4
    SILENT = 5


_BY_PART: dict[Part, dict[str, str]] = {
    Part.PLACE: {
        "suining": "遂宁", "sichuan": "四川", "china": "中国", "cn": "中国", "guangan": "广安", "national": "全国",
        "beijing": "北京", "dxy": "丁香园", "world": "世界", "country": "国家", "countries": "国家",
    },
    Part.LEVEL: {
        "cities": "城市", "city": "城市", "province": "省级", "provinces": "省级", "county": "县级", "counties": "县级",
        "areas": "县级", "area": "地区", "streets": "乡级", "villages": "村级", "level4": "四级", "pcas": "省市县乡",
        "hk": "港澳台",
    },
    Part.SUBJECT: {
        "air": "空气质量", "ncov": "新冠肺炎疫情", "2019-ncov": "新冠肺炎疫情", "covid": "新冠肺炎疫情",
        "rumors": "疫情辟谣信息", "divisions": "行政区划", "division": "行政区划", "areacity": "行政区划",
        "geo": "行政区划边界", "enterprises": "企业登记", "schools": "学校", "clinics": "发热门诊", "fever": "",
        "hospitals": "医院", "service": "政务服务", "items": "事项", "government": "政府", "websites": "网站",
        "scenic": "景区", "stations": "监测站", "station": "监测站", "monitoring": "", "poi": "", "rail": "高速铁路",
        "speed": "", "high": "", "timetable": "列车时刻表", "flights": "航班", "co2": "二氧化碳排放", "energy": "能源",
        "electricity": "电力", "mix": "结构", "ev": "新能源汽车", "sales": "销量", "lithium": "锂业",
        "lithiumcarbonate": "碳酸锂", "stocklist": "股票", "market": "证券行情", "share": "股票行情", "macro": "宏观经济指标",
        "cpi": "居民消费价格指数", "gtfs": "公共交通", "tdx": "证券行情",
        "datapackage": "数据目录", "population": "人口", "weather": "天气", "budget": "预算", "roads": "道路",
        "bus": "公交", "parking": "停车场", "projects": "项目", "nbs": "国家统计局",
    },
    Part.KIND: {
        "list": "名录", "stats": "统计", "summary": "统计汇总", "codebook": "字段说明", "code": "代码", "codes": "代码",
        "futures": "期货行情", "stocks": "股票行情",
        "by": "", "header": "", "feed": "",
    },
    Part.FREQUENCY: {
        "hourly": "逐小时数据", "daily": "逐日数据", "day": "逐日数据", "weekly": "逐周数据", "monthly": "逐月数据",
        "yearly": "年度数据", "annual": "年度数据",
    },
    Part.SILENT: dict.fromkeys(
        ("data", "latest", "json", "csv", "gbk", "gb18030", "utf8", "of", "the", "and", "old", "a", "sample", "mo", "tw"), ""
    ),
}  # fmt: skip
WORDS = {word: (part, zh) for part, words in _BY_PART.items() for word, zh in words.items()}
_LISTS = ("学校", "门诊", "医院", "景区", "监测站", "网站", "股票", "事项", "停车场", "城市", "国家")
LIST_ENDINGS = _LISTS  # subjects that are things: a table of them is a list
WHOLE_ENDINGS = ("代码", "名录", "区划", "边界", "表", "统计", "数据", "说明", "行情", "指数", "目录", "汇总", "指标")
STANDARDS = {
    "2260": "行政区划代码", "4754": "国民经济行业分类", "3304": "民族代码", "6864": "学历代码", "4763": "健康状况代码",
    "3166": "国家和地区代码", "2261": "性别代码", "4761": "家庭关系代码", "4762": "政治面貌代码", "8561": "职称代码",
}  # fmt: skip

CYCLES = {"逐小时数据": "1", "逐日数据": "2", "逐周数据": "3", "逐月数据": "4", "年度数据": "6"}
_PLAIN_ITEMS = "来源文件 数据日期 编号 上级编号 序号 名称 描述 代码 是否启用 去向说明 列1 列2 列3 列4"
PLAIN_ITEMS = frozenset(_PLAIN_ITEMS.split())  # items that nobody searches for

THEMES: dict[str, tuple[str, ...]] = {  # words of title, folder and headers, in lower case
    "生态环保": ("空气", "aqi", "pm2.5", "pm10", "so2", "水质", "污染", "排放", "环境", "co2", "气温", "噪声"),
    "健康保障": ("疫情", "健康", "确诊", "治愈", "门诊", "医院", "ncov", "covid", "病", "patients", "卫生", "药"),
    "交通出行": ("列车", "车次", "站序", "公交", "公共交通", "航班", "路线", "车站", "道路", "route", "trip", "停车", "flight"),
    "地理空间": ("行政区划", "地区代码", "国家代码", "国家和地区", "城市名录",
        "边界", "区县代码", "geometry", "adcode", "geojson", "乡镇", "经纬度", "几何"),
    "能源安全": ("发电", "用电", "能源", "电力", "electricity", "energy", "煤炭", "石油", "天然气"),
    "教育文化": ("学校", "学历", "教育", "图书", "文化"),
    "文化旅游": ("景区", "景點", "景点", "旅游", "scenic"),
    "价格监管": ("价格指数", "消费价格", "cpi"),
    "公共服务": ("政务服务", "事项", "政府", "网站", "办事", "department"),
    "人口与社区": ("人口", "户籍", "民族", "出生", "死亡率", "社区", "人民生活"),
    "信用体系": ("信用", "失信", "行政处罚"),
    "城乡建设": ("房地产", "住房", "建设", "城市概况", "建筑"),
    "农业农村": ("农业", "农村", "作物", "播种", "耕地"),
    "经济发展": (
        "股票", "证券", "行情", "收盘", "企业", "财政", "工业", "产值", "投资", "经济", "统计", "销量", "期货", "gdp",
        "行业", "预算", "新能源汽车", "price", "nbs", "综合", "bonds", "国有", "关税", "税收",
    ),
    "社会保障": ("参保", "社会保险", "养老", "低保", "救助"),
    "应急安全": ("预警", "隐患", "应急", "灾害", "水位"),
}  # fmt: skip
