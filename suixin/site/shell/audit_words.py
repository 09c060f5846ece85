"""What stands on record, in words: actions and kinds of objects as an auditor reads them; English readers see the codes."""

from collections.abc import Mapping

from django.utils.translation import get_language

from suixin.site.shell import flow_words

ACTIONS: Mapping[str, str] = {
    "access.grant_given": "建立授权", "access.grant_active": "恢复授权", "access.grant_suspended": "暂停授权",
    "access.grant_revoked": "撤销授权",
    "audit.exported": "导出审计记录", "audit.verified": "核验审计链", "audit.restore_accepted": "确认恢复",
    "bench.done": "性能测量",
    "catalog.change_applied": "目录变更生效", "catalog.change_begun": "编制目录变更", "catalog.change_dropped": "放弃目录变更",
    "catalog.change_refused": "目录变更未通过", "catalog.change_revised": "修改目录变更", "catalog.change_submitted": "提交目录变更",
    "catalog.rules_set": "增减质量规则", "quality.suggestion_dismissed": "不采用建议的规则",
    "quality.suggestion_accepted": "采用建议的规则", "quality.rules_suggested": "查找可设的规则",
    "quality.rule_tried": "试算质量规则",
    "catalog.changed": "变更目录", "catalog.classified": "增加目录分类",
    "catalog.grouped": "归并目录", "catalog.items_sealed": "指定加密信息项", "catalog.proposed": "登记目录",
    "catalog.workbook_brought": "导入目录表格", "catalog.entries_brought": "导入目录文件",
    "catalog.published": "发布目录", "catalog.regraded": "调整定级", "catalog.revised": "修改目录", "catalog.withdrawn": "撤销目录",
    "catalog.source_named": "指定数源部门", "catalog.system_kept": "登记信息系统", "catalog.system_named": "写明所属系统",
    "catalog.systems_brought": "导入信息系统清单", "catalog.demand_filed": "提出数据需求", "catalog.demand_matched": "匹配数据需求",
    "catalog.demand_answered": "答复数据需求", "catalog.demand_contested": "对答复提出异议", "catalog.demand_closed": "关闭数据需求",
    "standards.drafted": "起草标准版本", "standards.codes_brought": "导入代码", "standards.element_told": "填写数据元",
    "standards.submitted": "提交标准", "standards.returned": "退回标准", "standards.dropped": "作废标准草稿",
    "standards.published": "发布标准", "standards.mapping_drafted": "起草代码对照", "standards.mapping_filled": "填写代码对照",
    "standards.mapping_submitted": "提交代码对照", "standards.mapping_returned": "退回代码对照",
    "standards.mapping_published": "发布代码对照",
    "collection.declared": "约定来源文件",
    "collection.fill_draft_saved": "保存填报草稿", "collection.fill_draft_discarded": "丢弃填报草稿",
    "collection.filled_in": "在线填报入库",
    "collection.declared_source": "登记来源", "collection.edited_source": "修改来源", "collection.paused_source": "暂停来源",
    "collection.resumed_source": "恢复来源", "collection.checked_source": "检查来源", "collection.declared_feed": "设置采集任务",
    "collection.paused_feed": "暂停采集任务", "collection.resumed_feed": "恢复采集任务",
    "collection.asked_full_reading": "要求重新全量读取", "collection.released_log": "停止读来源日志", "collection.started_run": "启动采集",
    "collection.ended_run": "采集结束", "collection.found_drift": "发现来源列变动", "collection.took_drift": "接受来源列变动",
    "collection.lost_batch": "批次不在数据湖里", "collection.forgot_chunk": "数据块原件缺失,重新读取",
    "collection.forgot_originals": "清理无主原件", "collection.held_state": "整表更新等待决定", "collection.decided_hold": "决定整表更新",
    "collection.decided_drift": "决定来源列变动", "collection.received_message": "收到推送",
    "collection.received_chunk": "收到前置机数据块", "collection.asked_again": "请前置机重发",
    "flow.delegated": "委托", "flow.delegation_ended": "结束委托", "flow.escalated": "督办", "flow.calendar_day_set": "修改工作日日历",
    "flow.calendar_imported": "载入放假安排", "flow.procedure_published": "发布流程", "flow.order_opened": "建立工单",
    "flow.order_seen_again": "工单再次发现", "flow.order_merged": "归并工单", "flow.order_passed_on": "转派工单",
    "flow.order_reopened": "重开工单", "flow.order_measured": "工单复测", "flow.order_closed": "工单办结",
    "forms.draft_saved": "保存草稿", "forms.draft_discarded": "删除草稿", "forms.revealed": "查看敏感填报内容",
    "forms.submitted": "提交填报",
    "cases.applied": "提交申请", "cases.opened": "开立办件", "cases.signed": "会签申请", "cases.accepted": "受理办件",
    "cases.supplemented": "补正材料", "cases.withdrawn": "撤回申请", "cases.appealed": "登记复议、诉讼",
    "cases.authority_given": "授权代办", "cases.authority_revoked": "撤销代办授权", "cases.message_written": "办件往来、征询",
    "cases.special_begun": "进入特别程序", "cases.special_ended": "结束特别程序", "cases.material_settled": "登记材料",
    "cases.material_lapsed": "容缺材料逾期", "cases.delivered": "送达决定", "cases.archived": "办件归档", "cases.card_shown": "亮牌",
    "cases.card_explained": "说明亮牌", "cases.fee_assessed": "核定费用", "cases.fee_paid": "缴费入账", "cases.fee_waived": "减免费用",
    "cases.document_issued": "出具文书",
    "themes.drafted": "登记一件事主题", "themes.revised": "修改一件事主题", "themes.submitted": "提交主题审核",
    "themes.published": "发布一件事主题", "themes.paused": "暂停一件事主题", "themes.resumed": "恢复一件事主题",
    "themes.bank_taken": "更新问题库",
    "items.drafted": "登记事项", "items.revised": "修改事项", "items.submitted": "提交事项审核", "items.published": "发布事项",
    "items.paused": "暂停事项", "items.resumed": "恢复事项", "items.withdrawn": "取消事项", "items.brought": "导入事项文件",
    "insight.computed": "计算指标", "insight.declared": "定义指标",
    "lake.batch_landed": "批次入库", "lake.row_proven": "出具一行的证明", "lake.resealed": "重新加密数据",
    "notify.preferred": "修改消息设置", "notify.retried": "重发消息", "notify.tested": "测试消息渠道",
    "opening.published": "开放数据集", "opening.taken_off": "下架数据集", "opening.withdrawn": "撤销开放",
    "people.account_created": "建立账号", "people.account_disabled": "停用账号", "people.account_enabled": "启用账号",
    "people.account_edited": "修改账号", "people.accounts_imported": "批量导入人员",
    "access.delivery_receipted": "出具交付回执",
    "sharing.subscribed": "订阅变化", "sharing.told_changes": "推送变化", "sharing.letter_sent": "重送未达消息",
    "sharing.subscription_paused": "暂停订阅", "sharing.subscription_resumed": "启用订阅", "sharing.subscription_replayed": "重放订阅",
    "sharing.target_declared": "登记接收库", "sharing.exchange_declared": "设置库表交换", "sharing.exchange_mapped": "改列对应",
    "sharing.exchange_paused": "暂停库表交换", "sharing.exchange_resumed": "启用库表交换", "sharing.exchange_asked": "运行库表交换",
    "sharing.exchanged": "库表交换完成", "sharing.target_checked": "检查接收库", "sharing.target_rotated": "换接收库密码",
    "sharing.target_enabled": "启用接收库", "sharing.target_disabled": "停用接收库", "sharing.subscription_rotated": "换订阅密钥",
    "doors.share_token_made": "发放共享令牌", "doors.share_token_rotated": "轮换共享令牌", "doors.share_token_revoked": "吊销共享令牌",
    "people.application_created": "建立应用", "people.application_key_made": "建立应用密钥",
    "people.application_key_revoked": "吊销应用密钥", "people.application_key_rotated": "轮换应用密钥",
    "proxies.registered": "登记接口代理", "proxies.checked": "检查接口代理", "proxies.active": "批准接口代理",
    "proxies.refused": "未批准接口代理", "proxies.stopped": "停用接口代理",
    "link.peer_registered": "登记互联平台", "link.peer_active": "启用互联平台", "link.peer_suspended": "暂停互联平台",
    "link.peer_ended": "解除互联平台",
    "people.application_reach_set": "设定应用的来源与签名方式",
    "people.factor_removed": "移除第二因素", "people.factors_reset": "重置第二因素", "people.locked_out": "登录被锁定",
    "people.organisation_changed": "修改机构", "people.organisation_created": "建立机构", "people.organisation_moved": "调整机构隶属",
    "people.organisation_renamed": "机构更名", "people.organisations_loaded": "载入机构清单",
    "people.passkey_registered": "登记通行密钥", "people.password_changed": "修改口令", "people.password_given": "发放初始口令",
    "people.post_ended": "结束岗位", "people.post_given": "安排岗位", "people.recovery_code_used": "使用恢复码",
    "people.recovery_codes_made": "生成恢复码", "people.sessions_ended": "结束会话", "people.signed_in": "登录",
    "people.token_made": "建立访问令牌", "people.token_revoked": "吊销访问令牌", "people.totp_enrolled": "登记动态口令",
    "people.sign_in_failed": "登录失败", "people.unlocked": "解除锁定",
    "residents.acted_for": "代表企业办事", "residents.agency_accepted": "接受委托", "residents.agency_ended": "结束委托",
    "residents.agency_given": "委托经办人", "residents.agency_said": "答复委托", "residents.closed": "注销账号",
    "residents.level_changed": "认证等级变化", "residents.registered": "首次登录建立账号", "residents.sessions_ended": "结束会话",
    "residents.signed_in": "登录", "residents.signed_out": "退出",
    "quality.sheet_made": "下载更正表", "quality.rows_corrected": "更正被拒绝的行",
    "quality.doubt_raised": "申请校核", "quality.doubt_answered": "答复校核", "quality.report_made": "生成治理报告",
    "quality.source_confirmed": "裁定数源", "quality.duplicate_dismissed": "裁定不是重复", "quality.recollection_exempted": "批准重复采集",
    "security.key_rotated": "轮换密钥", "security.key_retired": "停用密钥", "security.key_old": "恢复密钥",
    "security.key_destroyed": "销毁密钥",
    "purge.asked": "申请销毁数据", "purge.approved": "批准销毁数据", "purge.refused": "不予销毁数据", "purge.done": "销毁数据",
    "purge.retention_set": "设定保存期限",
    "security.resealed": "重新加密字段", "security.refused": "越权被拒绝",
    "sharing.granted": "同意共享", "sharing.request_opened": "新建共享申请", "sharing.request_named": "修改共享申请",
    "sharing.parts_added": "选择申请的数据", "sharing.part_stated": "填写共享申请", "sharing.part_removed": "移除申请的数据",
    "sharing.request_discarded": "放弃共享申请", "sharing.file_attached": "上传申请附件", "sharing.request_filed": "提交共享申请",
    "sharing.part_settled": "共享申请办结", "sharing.provided": "共享数据供到", "sharing.terms_set": "设定提供条件",
    "sharing.automatic_set": "设定自动答复", "sharing.suspended": "暂停共享", "sharing.remedied": "报告整改", "sharing.resumed": "恢复共享",
    "sharing.ended": "结束共享", "sharing.termination_filed": "终止共享备案", "sharing.disposed": "填写处置回执",
    "sharing.archived": "共享归档", "sharing.use_recorded": "记录数据使用", "sharing.dispute_opened": "提出共享争议",
    "sharing.dispute_ruled": "登记争议结果", "sharing.dispute_withdrawn": "撤回共享争议", "sharing.dispute_settled": "共享争议了结",
    "sharing.violation_found": "发现违规预警", "sharing.violation_closed": "了结违规预警",
    "cascade.identified": "登记级联身份", "cascade.connected": "连接级联平台", "cascade.stopped": "停用级联平台",
    "cascade.resumed": "恢复级联平台", "cascade.catalogue_told": "向级联平台报送目录", "cascade.catalogue_kept": "停止报送目录",
    "cascade.flow_offered": "约定数据回流", "cascade.flow_paused": "暂停数据回流", "cascade.flow_resumed": "恢复数据回流",
    "cascade.flow_accepted": "接收数据回流", "cascade.intake_resumed": "继续接收回流", "cascade.not_done": "级联信件未能办理",
    "cascade.turn_failed": "级联收发失败", "cascade.differs": "级联对账不一致", "cascade.forgotten": "清理级联信件内容",
    "cascade.request_drafted": "填写跨平台共享申请", "cascade.request_sent": "发出跨平台共享申请",
    "cascade.request_supplemented": "补正跨平台共享申请", "cascade.objected": "向来源平台申请校核",
    "cascade.objection_answered": "来源平台答复校核",
    "site.backup_made": "备份", "site.restored": "恢复", "site.discarded_job": "丢弃作业", "site.retried_job": "重试作业",
}
OBJECTS: Mapping[str, str] = {
    "collection.source": "来源", "proxies.proxy": "接口代理", "link.peer": "互联平台", "cascade.platform": "级联身份",
    "cascade.link": "级联平台", "cascade.flow": "数据回流", "cascade.intake": "回流接收", "cascade.letters": "级联信件",
    "cascade.remoterequest": "跨平台共享申请", "cascade.objection": "跨平台校核申请", "collection.feed": "采集任务",
    "collection.feedrun": "采集记录", "collection.drift": "列变动",
    "collection.hold": "待决定的整表更新",
    "collection.pushmessage": "推送消息",
    "access.grant": "授权", "audit.chain": "审计链", "catalog.resource": "信息资源", "catalogue": "资源目录",
    "standards.version": "标准版本", "standards.mapping": "代码对照",
    "cases.case": "政务办件", "cases.application": "申请", "cases.document": "办件文书", "cases.card": "亮牌", "cases.fee": "办件费用",
    "cases.authority": "代办授权",
    "themes.theme": "一件事主题", "themes.bankversion": "问题库", "items.item": "政务服务事项", "items": "政务服务事项清单",
    "catalog.demand": "数据需求", "catalog.informationsystem": "信息系统",
    "catalog.change": "目录变更", "flow.instance": "办件", "flow.workorder": "工单",
    "flow.procedureversion": "流程版本", "flow.calendarday": "工作日", "flow.calendaryear": "工作日历", "flow.delegation": "委托",
    "flow.step": "环节", "forms.draft": "草稿", "forms.submission": "填报", "insight.indicator": "指标", "lake.batch": "数据批次",
    "lake.destruction": "数据销毁",
    "quality.duplicatefinding": "重复数据项",
    "notify.delivery": "消息", "opening.dataset": "数据集", "people.account": "账号", "people.application": "应用",
    "people.organisation": "机构", "organisations": "机构清单", "people.post": "岗位", "sharing.share": "共享",
    "sharing.request": "共享申请", "sharing.part": "共享申请", "sharing.dispute": "共享争议", "sharing.violation": "违规预警",
}


def action_name(code: str) -> str:
    """What was done, in the reader's words; the code itself where there are none."""
    if _reads_codes():
        return code
    module, _, verb = code.partition(".")
    told = ACTIONS.get(code)
    if told is None and module == "flow" and verb in flow_words.ACTIONS:
        told = f"办理：{flow_words.ACTIONS[verb]}"
    return told or code


def object_name(kind: str) -> str:
    """What kind of thing it was done to, in the reader's words; the code where there are none."""
    return kind if _reads_codes() else OBJECTS.get(kind, kind)


def _reads_codes() -> bool:
    return not (get_language() or "zh").startswith("zh")
