"""Are the sums of the others those of the report? Counts exactly, DuckDB's
money exactly, that of awk and jq (doubles) to a millionth."""
import csv
import sys
from decimal import Decimal

with open(sys.argv[1], newline="") as f:
    ours = {(r["day"], r["model"]): r for r in csv.DictReader(f)
            if r["row"] == "group"}
NAMES = ["requests", "input_tokens", "output_tokens", "cost_usd",
         "saved_usd"]
bad = 0
for path in sys.argv[2:]:
    near = Decimal(0) if path.endswith("duckdb") else Decimal("0.00001")
    seen = 0
    for row in csv.reader(open(path)):
        seen += 1
        r = ours[row[0], row[1]]
        for name, text in zip(NAMES, row[2:]):
            if abs(Decimal(r[name]) - Decimal(text)) > near:
                bad += 1
                print(path, row[0], row[1], name, r[name], text)
    bad += seen != len(ours)
print("the sums differ" if bad else "all sums are the same")
sys.exit(bad != 0)
