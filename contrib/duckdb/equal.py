#!/usr/bin/env python3
"""Are the sums of larder.sql those of `larder report`? Usage:

    larder report --format csv usage.log >report.csv
    equal.py report.csv usage.log...

Compares every group and the total, to the last digit, and says what differs.
Needs the Python package duckdb.
"""
import csv
import os
import sys
from decimal import Decimal

import duckdb


def rows_of(path):
    with open(path, newline="") as f:
        return list(csv.DictReader(f))


def main():
    report, files = rows_of(sys.argv[1]), sys.argv[2:]
    here = os.path.dirname(os.path.abspath(__file__))
    db = duckdb.connect(config={"threads": 1})
    with open(os.path.join(here, "larder.sql")) as f:
        db.execute(f.read())
    cursor = db.execute("SELECT * FROM larder_report(?)", [files])
    names = [d[0] for d in cursor.description]
    theirs = {}
    for row in cursor.fetchall():
        row = dict(zip(names, row))
        key = (row["row"], row["day"] or "",
               row["model"] if row["row"] == "group" else "")
        theirs[key] = row
    compared = different = 0
    for ours in report:
        row = theirs.pop((ours["row"], ours["day"], ours["model"]), None)
        for name in names[3:]:
            theirs_text = None if row is None else row[name]
            if ours[name] == "" and (theirs_text is None or
                                     name == "cost_usd"):
                continue  # not known
            compared += 1
            if theirs_text is None or \
                    Decimal(ours[name]) != Decimal(theirs_text):
                different += 1
                print(ours["row"], ours["day"], ours["model"], name,
                      "report:", ours[name], "DuckDB:", theirs_text)
    for key in theirs:
        different += 1
        print("only in DuckDB:", *key)
    print(f"{compared} numbers compared, {different} differ")
    return 1 if different or not compared else 0


sys.exit(main())
