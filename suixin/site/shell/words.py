"""Words of lower storeys (states, types, roles, dimensions) as the shell shows them, so that catalogues can hold them.

Models name their choices in Chinese only; `word` gives the reader's language.
"""

from django.utils.translation import gettext, gettext_noop, pgettext

from suixin.ground.people.models import Role

DIMENSIONS = {
    "normativity": gettext_noop("规范性"), "conformity": gettext_noop("规范性"), "completeness": gettext_noop("完整性"),
    "accuracy": gettext_noop("准确性"), "consistency": gettext_noop("一致性"), "timeliness": gettext_noop("时效性"),
    "accessibility": gettext_noop("可访问性"), "uniqueness": gettext_noop("唯一性"),
}
RULES = {  # of the checks that follow from items; a department's own rules have codes of their own
    "type": gettext_noop("类型不符"), "unit": gettext_noop("单位不明"), "precision": gettext_noop("小数位或范围"),
    "length": gettext_noop("超出长度"), "required": gettext_noop("必填项为空"), "key_null": gettext_noop("主键为空"),
    "code_set": gettext_noop("不在代码集"), "checksum": gettext_noop("校验码不符"), "duplicate": gettext_noop("主键重复"),
    "broken": gettext_noop("残缺行"),
}
TYPES = {
    "C": gettext_noop("字符"), "N": gettext_noop("数值"), "Y": gettext_noop("货币"), "D": gettext_noop("日期"),
    "T": gettext_noop("日期时间"), "L": gettext_noop("逻辑"), "M": gettext_noop("长文本"), "G": gettext_noop("空间图形"),
    "B": gettext_noop("双精度"), "I": gettext_noop("整数"), "F": gettext_noop("浮点"),
}
MASKS = {
    "name": gettext_noop("姓名脱敏"), "resident_id": gettext_noop("身份证号脱敏"),
    "resident_id_strict": gettext_noop("身份证号严格脱敏"), "mobile": gettext_noop("手机号脱敏"),
    "landline": gettext_noop("座机号脱敏"), "bank_card": gettext_noop("银行卡号脱敏"), "address": gettext_noop("地址脱敏"),
    "email": gettext_noop("邮箱脱敏"), "passport": gettext_noop("护照号脱敏"), "plate": gettext_noop("车牌号脱敏"),
    "uscc_person": gettext_noop("个体户信用代码脱敏"), "birthday": gettext_noop("出生日期脱敏"),
    "coordinate": gettext_noop("坐标模糊"), "suppress": gettext_noop("不显示"),
    "bank_card_tail": gettext_noop("银行卡号仅后 4 位"), "address_town": gettext_noop("地址到乡镇街道"),
    "permit": gettext_noop("通行证号脱敏"), "birth_decade": gettext_noop("出生年代"),
    "coordinate_grid": gettext_noop("坐标 1 公里网格"), "empty": gettext_noop("返回空值"),
}
KINDS = {  # of sensitive values, as the scanner of security tells them
    "resident_id": gettext_noop("身份证号"), "uscc": gettext_noop("统一社会信用代码"), "mobile": gettext_noop("手机号"),
    "landline": gettext_noop("座机号"), "bank_card": gettext_noop("银行卡号"), "email": gettext_noop("邮箱"),
    "passport": gettext_noop("护照号"), "plate": gettext_noop("车牌号"), "address": gettext_noop("住址"),
    "person_name": gettext_noop("姓名"), "name": gettext_noop("姓名"),
}
PURPOSES = {  # of keys
    "lake": gettext_noop("数据湖加密信息项"), "resident": gettext_noop("居民和经办人资料"), "account": gettext_noop("工作人员电话"),
    "sign-in": gettext_noop("二次验证、令牌、恢复码"), "application": gettext_noop("应用密钥"), "audit": gettext_noop("审计日志"),
    "forms": gettext_noop("填报的敏感内容"), "subject": gettext_noop("数据主体索引"), "notify": gettext_noop("消息地址"),
    "backup": gettext_noop("备份签名"), "files": gettext_noop("附件"), "source": gettext_noop("来源系统的凭据"),
    "gateway": gettext_noop("网关加密报文"), "cases": gettext_noop("办件申请人资料"),
}
WRITE_MODES = {
    "append": gettext_noop("逐批追加"), "upsert": gettext_noop("按主键更新"), "snapshot": gettext_noop("整表更新"),
}
_CHOICES = (
    gettext_noop("无条件共享"), gettext_noop("有条件共享"), gettext_noop("不予共享"),
    gettext_noop("无条件开放"), gettext_noop("有条件开放"), gettext_noop("不予开放"),
    gettext_noop("实时"), gettext_noop("每日"), gettext_noop("每周"), gettext_noop("每月"), gettext_noop("每季度"),
    gettext_noop("每年"), gettext_noop("不定期"),
    gettext_noop("待确认"), gettext_noop("已发布"), gettext_noop("已撤销"), gettext_noop("已开放"), gettext_noop("已下架"),
    gettext_noop("社会公众"), gettext_noop("部门"), gettext_noop("应用"), gettext_noop("个人"),
    gettext_noop("有效"), gettext_noop("已暂停"),
    gettext_noop("页面"), gettext_noop("接口"), gettext_noop("下载"), gettext_noop("网关查询"), gettext_noop("计算"),
    gettext_noop("推送接收"),
    gettext_noop("已入库"), gettext_noop("已收过"), gettext_noop("已拒收"), gettext_noop("处理中"),
    gettext_noop("经济发展"), gettext_noop("信用体系"), gettext_noop("生态环保"), gettext_noop("交通出行"),
    gettext_noop("能源安全"), gettext_noop("教育文化"), gettext_noop("健康保障"), gettext_noop("社会保障"),
    gettext_noop("公共服务"), gettext_noop("人口与社区"), gettext_noop("地理空间"), gettext_noop("城乡建设"),
    gettext_noop("农业农村"), gettext_noop("文化旅游"), gettext_noop("应急安全"), gettext_noop("价格监管"),
    gettext_noop("食品药品安全"), gettext_noop("主题"), gettext_noop("提供单位"), gettext_noop("格式"), gettext_noop("更新周期"),
    gettext_noop("首页"), gettext_noop("开放数据"), gettext_noop("资源目录"), gettext_noop("开发者"), gettext_noop("帮助"),
    gettext_noop("待办"), gettext_noop("数据资源"), gettext_noop("上传归集"), gettext_noop("授权"), gettext_noop("访问日志"),
    gettext_noop("一级"), gettext_noop("二级"), gettext_noop("三级"), gettext_noop("四级"), gettext_noop("未定级"),
    gettext_noop("重要数据"), gettext_noop("流程"),
)
_PEOPLE = (
    gettext_noop("经办人"), gettext_noop("共享工作机构负责人"), gettext_noop("部门负责人"), gettext_noop("数据专员"), gettext_noop("受理"),
    gettext_noop("审核"), gettext_noop("协调"), gettext_noop("监督"), gettext_noop("领导"), gettext_noop("系统管理员"),
    gettext_noop("安全管理员"), gettext_noop("审计员"), gettext_noop("运维"),
    gettext_noop("省级"), gettext_noop("市级"), gettext_noop("县级"), gettext_noop("乡镇级"), gettext_noop("村级"),
    gettext_noop("政府"), gettext_noop("事业单位"), gettext_noop("企业"), gettext_noop("其他"),
    gettext_noop("启用"), gettext_noop("已停用"), gettext_noop("没有有效岗位"),
    gettext_noop("新建账号"), gettext_noop("增加岗位"), gettext_noop("已有，不变"), gettext_noop("有误"),
    gettext_noop("建立账号"), gettext_noop("安排岗位"), gettext_noop("结束岗位"), gettext_noop("停用账号"), gettext_noop("启用账号"),
    gettext_noop("重置二次验证"), gettext_noop("重新发放初始密码"), gettext_noop("解除锁定"),
    gettext_noop("人员"), gettext_noop("机构"), gettext_noop("角色与权限"),
    gettext_noop("本机构"), gettext_noop("所辖"), gettext_noop("全部"),
)
_MESSAGES = (
    gettext_noop("电子邮件"), gettext_noop("短信"), gettext_noop("政务微信"), gettext_noop("钉钉"),
    gettext_noop("等待发送"), gettext_noop("发送中"), gettext_noop("结果不明"), gettext_noop("暂时失败"), gettext_noop("已发出"),
    gettext_noop("已送达"), gettext_noop("发送失败"), gettext_noop("已放弃"), gettext_noop("并入汇总"),
    gettext_noop("消息汇总"), gettext_noop("测试消息"), gettext_noop("新的消息"), gettext_noop("发件箱"),
    gettext_noop("新的待办"), gettext_noop("需要补正"), gettext_noop("办件办结"),
)
_UNITS = (
    gettext_noop("人"), gettext_noop("人次"), gettext_noop("万人"), gettext_noop("件"),
    gettext_noop("平方千米"), gettext_noop("人/平方千米"), gettext_noop("千瓦时"), gettext_noop("万千瓦时"),
    gettext_noop("亿千瓦时"), gettext_noop("元"), gettext_noop("万元"), gettext_noop("亿元"),
    gettext_noop("米"), gettext_noop("公里"), gettext_noop("毫米"), gettext_noop("立方米/秒"),
    gettext_noop("万立方米"), gettext_noop("吨"), gettext_noop("万吨"), gettext_noop("年"),
    gettext_noop("分"),
)


_FLOW = (
    gettext_noop("正常"), gettext_noop("临期"), gettext_noop("超期"), gettext_noop("办理中"), gettext_noop("挂起"),
    gettext_noop("待补正"), gettext_noop("办结"), gettext_noop("不予同意"), gettext_noop("已撤回"), gettext_noop("已终止"),
    gettext_noop("待办"), gettext_noop("停钟"), gettext_noop("已办"), gettext_noop("略过"), gettext_noop("取消"),
    gettext_noop("补正"), gettext_noop("特别程序"), gettext_noop("延长"), gettext_noop("受理"), gettext_noop("不予受理"),
    gettext_noop("我发起的"), gettext_noop("委托"), gettext_noop("办件"), gettext_noop("按时办结率"),
    gettext_noop("停钟或延长"),
    gettext_noop("复测没有做成"),
)


_CASES = (
    gettext_noop("待会签"), gettext_noop("已收件"), gettext_noop("审查中"), gettext_noop("准予，待送达"), gettext_noop("不予许可"),
    gettext_noop("已归档"), gettext_noop("网上"), gettext_noop("窗口"), gettext_noop("黄牌"), gettext_noop("红牌"),
    gettext_noop("免提交"), gettext_noop("复用"), gettext_noop("已提交"), gettext_noop("已收纸质"), gettext_noop("容缺"),
    gettext_noop("告知承诺"), gettext_noop("待补"), gettext_noop("已核验"), gettext_noop("逾期未补"),
    gettext_noop("临近承诺时限"), gettext_noop("超过承诺时限"), gettext_noop("超过法定时限"),
    gettext_noop("等共同申请人签署，签齐后部门开始收件"),
    gettext_noop("部门决定是否受理，或一次告知要补正的全部内容；到期没有告知的，自收件之日起视为受理"),
    gettext_noop("请补正材料；补正期间不计入办理时限"), gettext_noop("部门审查并作出决定"),
    gettext_noop("正在特别程序中，结束后接着审查；所需时间不计入时限"), gettext_noop("已准予，部门送达结果"),
    gettext_noop("已准予，和一起办的其他事项一次送达"),
    gettext_noop("已结束；不服的可以在期限内申请行政复议或者提起诉讼"), gettext_noop("已结束，没有要您做的"),
    gettext_noop("提交申请"), gettext_noop("审查"), gettext_noop("决定"), gettext_noop("送达"),
)


_MATTERS = (
    gettext_noop("办理中"), gettext_noop("办好，待统一送达"), gettext_noop("全部办成"), gettext_noop("部分办结"), gettext_noop("整体退回"),
    gettext_noop("等前面的办好"), gettext_noop("办成"), gettext_noop("不予办理"), gettext_noop("随前项不再办"),
    gettext_noop("随整件事终止"), gettext_noop("等各项受理"), gettext_noop("待勘验"), gettext_noop("已勘验"), gettext_noop("不再需要"),
    gettext_noop("各项都办完了，由牵头单位一次送达结果"), gettext_noop("全部办成，结果已送达，没有要您做的"),
    gettext_noop("能办的已办成、送达；没有办成的见各项的理由"),
    gettext_noop("整件事已退回；不服的可以在期限内申请行政复议或者提起诉讼"), gettext_noop("已撤回，没有要您做的"),
    gettext_noop("部门正在办：%(parts)s"), gettext_noop("等“%(parts)s”办好后开始"), gettext_noop("%(visit)s：%(when)s"),
    gettext_noop("%(visit)s，时间约好后告诉您"), gettext_noop("补齐容缺材料：%(name)s"),
    gettext_noop("收件凭证"), gettext_noop("缴费通知书"), gettext_noop("缴费凭证"), gettext_noop("退费凭证"), gettext_noop("申请人来信"),
    gettext_noop("收件"), gettext_noop("收件、受理"), gettext_noop("受理"), gettext_noop("办结"),
    gettext_noop("部门正在办理"), gettext_noop("部门决定是否受理"), gettext_noop("补正材料"), gettext_noop("部门作出决定"),
    gettext_noop("部门送达结果"), gettext_noop("牵头单位统一送达结果"), gettext_noop("各项承诺办完"), gettext_noop("部门答复"),
    gettext_noop("受理通知书"), gettext_noop("补正告知书"), gettext_noop("不予受理通知书"), gettext_noop("特别程序告知书"),
    gettext_noop("准予决定书"), gettext_noop("不予许可决定书"), gettext_noop("送达回证"),
)


def word(text: str) -> str:
    """The Chinese word of a lower storey in the reader's language."""
    return gettext(text) if text else ""


def role_name(role: str) -> str:
    """The name of a role of staff in the reader's language; 经办人 is also what a firm's agent is called."""
    label = str(Role(role).label)
    named = pgettext("role", label)
    return named if named != label else gettext(label)


def dimension(key: str) -> str:
    """Name of a quality dimension."""
    return word(DIMENSIONS.get(key, key))


def rule_name(code: str) -> str:
    """What a check of an item is called; of a declared rule its code."""
    return word(RULES[code]) if code in RULES else code


def mask(key: str) -> str:
    """Name of a mask."""
    return word(MASKS.get(key, key))


def item_type(letter: str) -> str:
    """Name of an item's type."""
    return word(TYPES.get(letter, letter))
