"""By what an annotated sheet is known again when it comes back: columns of ours, and a line of the hidden sheet."""

ROW, WISH, WHY = "_suixin_row", "_suixin_wish", "_suixin_why"  # stand in the grey line of field names
HEADS = {ROW: "原数据行号", WISH: "处理", WHY: "拒绝原因"}
CORRECT, GIVE_UP = "更正", "不再提供"
BATCH, MASKED = "suixin-correction:", "masked"
MOST_ROWS = 100_000
REASONS = "拒绝原因"  # the sheet that counts the whole batch
