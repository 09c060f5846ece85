"""Rows that must end: taken out of every place where the lake keeps them (ADR 0018, docs/destruction.md).

selecting   which rows: by a value, by batch, by day; as a condition for one data file
sought      a value in cells that were never typed: a short one by its column
rows        current files rewritten, past ones and change data removed, bounds taken out of the log; key index made anew
rejected    rejected rows rewritten without them
originals   archived originals destroyed whole, their SM3 kept, the same bytes never taken again
"""
