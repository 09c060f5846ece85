"""By what a reader knows a workbook made by `generators.xlsx_template`, and where its rows are. Rows count from 0."""

MARK_SHEET, MARK = "_suixin", "suixin-template:1"
DATA_SHEET = "数据"
FIELD_ROW = 1  # stable names, grey
HEAD_ROW = 3  # Chinese names; between them the examples
EXAMPLE = "例："
