"""Words and shapes that the scanner goes by; headers are compared in NFKC and lower case."""

import re

HEADERS: dict[str, re.Pattern[str]] = {
    "resident_id": re.compile(r"身份证|身份号码|证件号|id_?card|sfz|gmsfhm|identity"),
    "mobile": re.compile(r"手机|移动电话|mobile|cell|sjh|联系电话|联系方式|lxdh"),
    "landline": re.compile(r"电话|传真|联系方式|热线|tel|phone|fax"),
    "bank_card": re.compile(r"银行卡|卡号|银行账|银行帐|账号|帐号|收款账|bank|card_?no"),
    "passport": re.compile(r"护照|通行证|证件号|passport"),
    "address": re.compile(r"家庭地址|居住地址|常住地址|现居住|户籍地|户口所在|户籍所在|住址|home_?address"),
    "person_name": re.compile(
        r"姓名|法定代表人|法人代表|负责人|联系人|经办人|经营者|户主|申请人|患者|监护人|当事人|驾驶员|"
        r"参保人|投保人|家长|学生|教师姓名|员工|被访人|签收人|收件人|寄件人|曾用名|^xm$|_xm$|person_?name|full_?name"
    ),
}
NUMBERING = re.compile(
    r"代码|编码|编号|序号|流水|单号|订单|批次|行政区划|邮编|证券|股票|iccid|imei|code|serial|(^|_)id$|uuid"
)
OFFICIAL = re.compile(
    r"办公|单位电话|单位邮箱|值班|咨询|服务|公开|投诉|举报|监督|热线|客服|传真|"
    r"景区|医院|学校|机构|网点|门店|售票|官方|fax"
)
NOT_PERSONAL = re.compile(r"名称|单位|机构|企业|部门|类型|类别|人数|数量|数$|率$|编号|代码|电话|手机|地址|职务|性别")
PUBLIC_PERSONS = re.compile(r"法定代表人|法人代表|负责人|经营者")
PLATE = (
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领]"
    r"[A-HJ-NP-Z][·•.\- ]?"
    r"([A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳]|[A-HJ-NP-Z0-9]{6})"
)
ADDRESS_PARTS = re.compile(
    r"[省市区县州旗].*[镇乡街道路村组号栋巷]|[镇乡村路街巷].*[0-9]+.*[号栋组室]|.[路街巷村][0-9]+号?"
)
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金"
    "韦贾夏付方邹熊白孟秦邱侯江尹薛阎闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文温柳欧洪祁倪庄樊申兰殷詹关耿焦左尤"
    "路翟苗骆安柯涂柴穆霍鲁甘舒牛景褚裴瞿卜祝宁鲍凌应傅齐伍葛毕尚岳游项邢辛季聂阮蓝蒲喻敬冉池屈谷成费米牟古车管房佟仇岑桂符边娄"
    "解全窦丛宫商卫时卓计燕初占巩党木鞠桑臧缪华司上诸皇尉公慕令长宇端轩独南西东百呼澹宗濮淳单太仲鲜闾拓闻赫第完纳鄢胥补代伏衡晏"
    "蹇先奉明靳刁简饶楚麦冷匡沙班盛隆席吉阳粟宿戚慈晋佘谌滕阴鄭陳張劉楊黃趙吳"
)
