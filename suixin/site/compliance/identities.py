"""Check 6, who: residents and firms that act here were proven by an identity provider."""

from django.conf import settings

from suixin.ground.people.residents.models import Resident
from suixin.ground.people.residents.rules import MADE_UP
from suixin.site.compliance.values import Heading, Part

PROVEN = Heading("6.6", "登录办事的居民、企业都经身份提供方核验", "个人信息保护法第51条")


def proven() -> Part:
    """6.6: whether people who are nobody may sign in, and how many did."""
    may = settings.SUIXIN.simulated_identity
    known = Resident.objects.filter(issuer=MADE_UP, closed_at__isnull=True).count()
    sentence = (
        f"模拟登录开着:知道演示密码的人不经核验就能登录办事,已有模拟居民 {known} 人;请删除 SUIXIN_SIMULATED_IDENTITY。" if may
        else f"模拟登录没有开;以前登录过的模拟居民 {known} 人已不能登录。" if known else "模拟登录没有开,也没有模拟居民登录过。"
    )
    return PROVEN.judged(not may, sentence, {"模拟登录": "开" if may else "关", "模拟居民": known})
