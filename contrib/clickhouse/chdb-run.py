#!/usr/bin/env python3
"""Runs SQL from standard input in ClickHouse within Python (pip install chdb):
what `clickhouse local --path DIR --multiquery` does, where that is not there.

    chdb-run.py DIR <file.sql
"""
import sys

from chdb.session import Session


def statements(text):
    """Comments go by line, statements end with a semicolon at a line's end."""
    lines = [l for l in text.splitlines() if not l.lstrip().startswith("--")]
    return [s.strip() for s in "\n".join(lines).split(";\n") if s.strip()]


def main():
    session = Session(sys.argv[1])
    for statement in statements(sys.stdin.read() + "\n"):
        sys.stdout.write(str(session.query(statement.rstrip(";"), "CSV")))
    session.close()


main()
