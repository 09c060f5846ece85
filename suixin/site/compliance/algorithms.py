"""Check 10: SM algorithms at work, shown by doing it: known answers, a signature, the chain and the keys of this home."""

import secrets

from django.conf import settings

from suixin.ground.audit import anchors
from suixin.ground.audit.models import Anchor
from suixin.kit import keyring, sm
from suixin.site.compliance.values import Heading, Part

IN_USE = Heading("10.1", "存储、签名、日志链使用 SM2、SM3、SM4", "GB/T 39786-2021")
_SM3_OF_ABC = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"  # GB/T 32905-2016 annex A.1


def in_use() -> Part:
    """10.1: what is not SM, or does not work."""
    ring = keyring.of(settings.SUIXIN.keys)
    private, public = sm.sm2_keypair()
    faults = []
    if sm.sm3_hex(b"abc") != _SM3_OF_ABC:
        faults.append("SM3 不符合 GB/T 32905-2016 的示例")
    if not sm.sm2_verify(public, b"suixin", sm.sm2_sign(private, b"suixin")):
        faults.append("SM2 签名不能验证")
    key = secrets.token_bytes(16)
    if sm.sm4_open(key, sm.sm4_seal(key, b"suixin")) != b"suixin":
        faults.append("SM4-GCM 不能还原")
    last = Anchor.objects.order_by("-seq").first()
    if last is not None and not anchors.is_signed(last.line):
        faults.append("最新锚点的 SM2 签名不符")
    purposes = ring.purposes()
    figures: dict[str, int | float | str] = {"密钥用途": len(purposes), "密钥版本": sum(len(ring.versions(one)) for one in purposes)}
    sentence = ";".join(faults) + "。" if faults else "SM3 杂凑、SM4-GCM 加密、SM2 签名均在使用并通过自检,审计锚点由 SM2 签名。"
    return IN_USE.judged(not faults, sentence, figures, purposes)
