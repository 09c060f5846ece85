"""How much bytes look like Chinese in GB18030, Chinese in Big5, or European text, when decoded.

A score is a mean per character beyond ASCII: about 1 to 2 for the right encoding, below 0 for a wrong one.
Weights are our choice, tried on the files of ../shared/data (standards: GB 2312 rows 16-55 and Big5 0xA4-0xC6
hold the common characters; all else is rare in administrative text).
"""

from collections.abc import Callable

COMMON = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民"
    "得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社"
    "义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并"
    "提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放"
    "决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再"
    "采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记"
    "需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克"
    "何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引"
    "听该铁价严镇乡村街注册企业编码址姓限责服售零址药医诊"
)
COMMON_TRADITIONAL = (COMMON | frozenset(
    "這為個國時來們會發動過說產種後學經進著電裡實體機當從業還開應無現關點問題間見長東車門馬書語話頭區場廣樣與義內數氣變條沒結解"
    "軍黨員總設運農幾則據處隊給領導壓爭濟階術極聯認權證轉單風帶務萬達積議聲報鬥類離華確張節況傳許記觀織眾復兒須際驗連斷難礦備辦"
    "習響約歷構稱準號維劃選標寫親養層專狀廠識適屬圓調滿縣參紅細聽該鐵價嚴鎮鄉灣臺園館廟縣號遊景"
))
_PUNCTUATION = frozenset(",。、;:?!“”‘’()《》〈〉【】「」『』—…·%-~ ¥/+.0123456789")


def score_gb18030_and_big5(sample: bytes) -> tuple[float, float]:
    """Plausibility of `sample` as GB18030 and as Big5."""
    return _score(sample, "gb18030", _gb_weight), _score(sample, "big5hkscs", _big5_weight)


def score_latin(sample: bytes) -> float:
    """Plausibility of `sample` as European text of one byte a character: bytes above 0x7F stand alone."""
    lone = total = 0
    padded = b" " + sample + b" "
    for before, byte, after in zip(padded, padded[1:], padded[2:], strict=False):
        if byte >= 0x80:
            total += 1
            lone += before < 0x80 and after < 0x80
    return 1.6 * lone / total - 0.6 if total else 0.0


def _score(sample: bytes, encoding: str, weight: Callable[[str], float]) -> float:
    text = sample.decode(encoding, "replace")
    known: dict[str, float] = {}
    total, count = 0.0, 0
    for character in text:
        if character < "\x80":
            continue
        value = known.get(character)
        if value is None:
            value = known[character] = weight(character)
        total += value
        count += 1
    return total / count if count else 0.0


def _gb_weight(character: str) -> float:
    if character in COMMON:
        return 2.0
    if character in _PUNCTUATION:
        return 1.0
    try:
        code = character.encode("gb2312")
    except UnicodeEncodeError:
        return -3.0 if character == "\ufffd" or "\ue000" <= character <= "\uf8ff" else -1.0
    return 0.8 if 0xB0 <= code[0] <= 0xD7 else 0.1


def _big5_weight(character: str) -> float:
    if character in COMMON_TRADITIONAL:
        return 2.0
    if character in _PUNCTUATION:
        return 1.0
    try:
        code = character.encode("big5")
    except UnicodeEncodeError:
        return -3.0 if character == "\ufffd" or "\ue000" <= character <= "\uf8ff" else -1.0
    return 0.8 if 0xA4 <= code[0] <= 0xC6 else -0.3
