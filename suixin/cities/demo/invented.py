"""Invented names, numbers and places that cannot belong to anybody.

Resident IDs   right check character, but born 1801-1899 (standards/data.md 5.1: use impossible years)
Mobiles        prefix 154, which no operator gives out [记忆]
Credit codes   organisation code starts with XX (credit_codes.py)
"""

from datetime import date, timedelta
from random import Random

from suixin.kit.checksums import resident_id_check_char

SURNAMES: tuple[str, ...] = (
    *"王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈",
    "欧阳", "司马", "诸葛", "上官",
)
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉玲建国华春梅志鹏海波玉珍晓东红梓涵浩宇欣怡子轩雨桐思远"
SEATS = {  # longitude, latitude near the seat of each district, rounded
    "510903": (105.582, 30.526), "510904": (105.456, 30.356), "510921": (105.708, 30.758), "510923": (105.244, 30.594),
    "510981": (105.388, 30.871),
}
DISTRICTS = {"510903": "船山区", "510904": "安居区", "510921": "蓬溪县", "510923": "大英县", "510981": "射洪市"}
DISTRICT_WEIGHTS = (34, 15, 17, 12, 22)
MARK = "模拟数据"
_FULL_WIDTH = str.maketrans("0123456789-./", "０１２３４５６７８９－．／")
_UNUSED_MOBILE_PREFIX = "154"


def person_name(random: Random) -> str:
    """A surname and one or two further characters."""
    return random.choice(SURNAMES) + "".join(random.choices(GIVEN, k=random.choice((1, 2, 2, 2))))


def resident_id(random: Random, district: str, *, is_male: bool) -> str:
    """Eighteen characters with a right check character, of somebody born in the nineteenth century."""
    born = date(1801, 1, 1) + timedelta(days=random.randrange(36_000))
    order = random.randrange(499) * 2 + (1 if is_male else 2)
    first = f"{district}{born:%Y%m%d}{order:03d}"
    return first + resident_id_check_char(first)


def mobile(random: Random) -> str:
    """Eleven digits that no operator gives out."""
    return f"{_UNUSED_MOBILE_PREFIX}{random.randrange(10**8):08d}"


def full_width(text: str) -> str:
    """The text with full-width digits, as input methods leave them."""
    return text.translate(_FULL_WIDTH)


def spoilt(code: str, random: Random) -> str:
    """The code with another last character, so that its check fails."""
    return code[:-1] + random.choice([c for c in "0123456789" if c != code[-1]])


def written_date(day: date, random: Random) -> str:
    """The day in one of the ways in which clerks write it."""
    style = random.randrange(20)
    if style < 9:
        return day.isoformat()
    if style < 14:
        return f"{day.year}年{day.month}月{day.day}日"
    if style < 17:
        return f"{day.year}/{day.month}/{day.day}"
    if style < 19:
        return f"{day:%Y%m%d}"
    return full_width(day.isoformat())


def point_near(district: str, random: Random, spread: float = 0.035) -> tuple[float, float]:
    """A longitude and latitude within `spread` degrees of the district's seat."""
    longitude, latitude = SEATS[district]
    return (
        round(longitude + random.uniform(-spread, spread), 6), round(latitude + random.uniform(-spread, spread), 6),
    )


def district_code(random: Random) -> str:
    """A district, the larger ones more often."""
    return random.choices(tuple(DISTRICTS), DISTRICT_WEIGHTS)[0]
