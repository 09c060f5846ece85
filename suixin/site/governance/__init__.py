"""The monthly governance report (月度治理报告): figures with their queries, and the papers made of them."""
