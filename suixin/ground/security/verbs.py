"""What each verb is called in Chinese, in groups: for the sentence of a refusal and for the matrix of roles.

A verb without words here is shown by its code; a test finds it.
"""

VERBS: dict[str, dict[str, str]] = {
    "标准": {
        "standards.view": "查看标准", "standards.draft": "起草标准、维护本单位代码和对照", "standards.publish": "审核发布标准和对照",
    },
    "目录": {
        "catalog.view": "查看目录", "catalog.propose": "登记目录", "catalog.publish": "审核发布、撤销目录", "catalog.group": "归并目录",
        "catalog.keep_tree": "维护目录分类",
        "catalog.decide_duplicates": "裁定重复数据项的数源", "catalog.exempt_duplicates": "批准重复采集的例外",
        "catalog.regrade": "调整数据项定级", "catalog.seal_items": "指定加密存放的数据项",
        "catalog.name_source": "指定数源部门", "catalog.demand": "提出数据需求", "catalog.match_demand": "匹配数据需求",
        "catalog.answer_demand": "答复数据需求", "catalog.keep_system": "登记信息系统",
    },
    "政务服务事项": {
        "items.view": "查看事项", "items.draft": "编制事项、办事指南", "items.publish": "审核发布、暂停、取消事项",
        "themes.view": "查看一件事主题", "themes.draft": "编制一件事主题", "themes.publish": "审核发布、暂停一件事主题，维护问题库",
    },
    "办件": {
        "cases.view": "查看政务办件", "cases.handle": "办理政务办件", "cases.receive": "窗口收件", "cases.supervise": "督查办件、亮牌",
    },
    "归集与质量": {
        "collection.run": "上传归集数据", "collection.declare": "约定来源文件", "collection.land_waiting": "处理滞留文件",
        "collection.view": "查看来源和采集任务", "collection.declare_source": "登记、暂停来源", "collection.check_source": "检查来源",
        "collection.declare_feed": "设置、暂停采集任务", "collection.run_feed": "运行采集任务",
        "collection.decide_drift": "决定来源列的变动", "collection.enqueue_due": "启动到时的采集任务",
        "quality.read_rejects": "查看被拒绝的行", "lake.reseal": "用新密钥重新加密数据",
        "quality.view": "查看质量", "quality.profile": "探查新版本的列",
        "quality.doubt": "申请校核", "quality.report": "生成治理报告",
        "quality.set_rules": "增减质量规则",
    },
    "销毁": {"purge.view": "查看数据销毁", "purge.ask": "申请销毁数据", "purge.set_retention": "设定保存期限", "purge.run": "执行销毁"},
    "读取数据": {
        "access.read_whole": "读取完整数据", "access.read_masked": "读取脱敏数据", "access.read_granted": "按授权读取其他部门数据",
        "access.view": "查看授权和访问日志",
    },
    "共享与授权": {
        "sharing.view": "查看共享申请和数据交换", "sharing.exchange": "设置、暂停、运行数据交换",
        "sharing.grant": "同意共享", "sharing.request": "申请共享、管理使用",
        "sharing.answer": "审核共享申请", "sharing.suspend": "暂停、恢复共享", "sharing.terminate": "终止共享",
        "sharing.close_violation": "了结违规预警",
        "sharing.cascade": "管理级联平台", "access.give_grant": "建立授权", "access.suspended_grant": "暂停授权",
        "access.active_grant": "恢复授权", "access.revoked_grant": "撤销授权", "access.index_keys": "建立查询索引",
    },
    "平台互联": {
        "link.register_peer": "登记互联平台", "link.decide_peer": "批准、暂停、解除互联平台",
    },
    "开放与指标": {
        "opening.publish": "开放、下架数据集", "opening.refresh": "更新数据集",
        "insight.view": "查看指标", "insight.declare": "定义指标", "insight.compute": "计算指标",
    },
    "流程与待办": {
        "flow.view": "查看办件和流程", "flow.act": "办理环节", "flow.start": "发起办件", "flow.hand_over": "移交他人的环节",
        "flow.approve_stop": "批准挂起和延长", "flow.publish_procedure": "发布流程", "flow.edit_calendar": "维护工作日日历",
        "flow.open_order": "发起工单", "flow.merge_orders": "归并工单", "forms.view": "查看填报内容", "forms.fill": "填写表单",
        "forms.reveal": "查看填报的敏感内容",
    },
    "机构与人员": {
        "people.view": "查看人员和机构", "people.create_account": "建立账号", "people.edit_account": "更改、停用、启用账号，安排岗位",
        "people.import_accounts": "批量导入人员", "people.edit_organisation": "改动机构", "people.load_organisations": "载入机构清单",
        "people.reset_factors": "重置二次验证", "people.give_password": "重新发放初始密码", "people.unlock": "解除锁定",
        "people.end_sessions": "让账号在各处退出",
    },
    "应用与密钥": {
        "people.view_application": "查看应用", "people.create_application": "建立应用", "people.edit_application": "改动应用、发放密钥",
        "people.revoke_application_key": "吊销应用密钥", "security.view": "查看密钥", "security.rotate_key": "轮换密钥",
        "security.reseal": "重新封装",
    },
    "审计": {"audit.view": "查看审计记录", "audit.verify": "核验审计记录", "audit.export": "导出审计记录"},
    "消息": {"notify.view": "查看发件箱", "notify.retry": "重发消息"},
    "系统运行": {
        "site.view": "查看任务、设置和运行状况", "site.check_compliance": "查看合规检查", "site.retry_job": "重做任务",
        "site.discard_job": "放弃任务",
    },
    "授予角色": {
        "people.give_clerk": "授予经办人", "people.give_head_of_sharing": "授予共享工作机构负责人",
        "people.give_department_head": "授予部门负责人", "people.give_data_officer": "授予数据专员",
        "people.give_reception": "授予受理", "people.give_review": "授予审核", "people.give_coordination": "授予协调",
        "people.give_supervision": "授予监督", "people.give_leader": "授予领导", "people.give_administrator": "授予系统管理员",
        "people.give_operator": "授予运维", "people.give_security_officer": "授予安全管理员", "people.give_auditor": "授予审计员",
    },
}

# What people outside do; no role of staff may, so the matrix of roles leaves it out.
OUTSIDE: dict[str, str] = {
    "residents.act_for": "代表企业办事", "residents.answer_agency": "答复委托", "residents.end_sessions": "退出其他登录",
    "residents.close_account": "注销账号", "residents.read_traces": "查看与本人有关的记录", "residents.give_agency": "委托经办人",
    "residents.revoke_agency": "撤回委托", "cases.apply": "申请办事",
}


def words_of(verb: str) -> str:
    """What the verb is called; its code when nobody named it."""
    return next((words[verb] for words in (*VERBS.values(), OUTSIDE) if verb in words), verb)
