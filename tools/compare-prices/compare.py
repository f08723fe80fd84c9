"""Prices case files with WatchLLM, genai-prices and litellm, and writes the tables of docs/price-comparison.md.

usage: compare.py --watchllmctl PATH --page PAGE NAME=FILE...   (NAME is that of a pair of markers in the page)
"""

import argparse
import ast
import collections
import importlib.metadata
import json
import pathlib
import re
import subprocess
from fractions import Fraction

import genai_prices_side
import litellm_side

LIBRARIES = {"genai-prices": genai_prices_side.figures, "litellm": litellm_side.figures}
SIDES = ["WatchLLM", *LIBRARIES]
NEAR = Fraction(1, 10**9)  # how far a library's double may be off, relative
RIGHT, WRONG, UNPRICED, NOT_ASKED = "right", "wrong", "unpriced", "not asked"


def exact(text):
    """The value of an arithmetic expression of decimals, exact."""

    def value(node):
        if isinstance(node, ast.Expression):
            return value(node.body)
        if isinstance(node, ast.Constant):
            return Fraction(ast.get_source_segment(text, node))
        if isinstance(node, ast.BinOp):
            a, b = value(node.left), value(node.right)
            return {ast.Add: a + b, ast.Sub: a - b, ast.Mult: a * b}.get(type(node.op)) if not isinstance(node.op, ast.Div) else a / b
        raise ValueError(f"{text}: no arithmetic")

    return value(ast.parse(text, mode="eval"))


def check(case):
    """The expected figure is the sum of its own arithmetic, to twelve decimals."""
    want = case["expected"]
    if want.get("arithmetic") and abs(exact(want["arithmetic"]) - Fraction(want["cost_usd"])) > Fraction(1, 2 * 10**12):
        raise SystemExit(f"{case['id']}: {want['arithmetic']} is not {want['cost_usd']}")


def to_pico(value):
    """A figure in the unit that costs are kept in, a millionth of a millionth of a dollar."""
    return round(value * 10**12)


def accepted(case):
    """The figures that are right: one, or both of a disputed case. Empty when there must be none."""
    cost = case["expected"].get("cost_usd")
    out = [Fraction(cost)] if cost is not None else []
    if isinstance(case.get("disputed"), dict) and case["disputed"].get("cost_b"):
        out.append(Fraction(case["disputed"]["cost_b"]))
    return out


def judge_library(case, figures):
    """A library is right when one of its figures is within the tolerance, or when it rightly gives none."""
    if case.get("library_scoring") == "n/a":
        return NOT_ASKED, None
    want = accepted(case)
    # A zero is what litellm gives for some names it does not have.
    got = [f for f in figures(case) if f or not all(want)]
    if not want:
        return (WRONG, got[0]) if got else (RIGHT, None)
    for figure in got:
        if any(abs(Fraction(figure) - w) <= NEAR * w for w in want):
            return RIGHT, figure
    if got:
        return WRONG, got[0]
    return (RIGHT if case.get("library_scoring") == "score-null-ok" else UNPRICED), None


def judge_watchllm(case, outcome):
    """WatchLLM is right when the status is the expected one and the amount is, to the last of twelve decimals."""
    want, got = accepted(case), outcome["cost_usd"]
    if outcome["status"] == case["expected"]["status"]:
        if got is None and not want:
            return RIGHT, None
        if got is not None and any(to_pico(Fraction(got)) == to_pico(w) for w in want) and (not case.get("disputed") or outcome["assumed"]):
            return RIGHT, got
    return (UNPRICED if got is None and want else WRONG), got


def evaluate(path, watchllmctl):
    """Judges every case of a file: (case, {side: (verdict, figure)})."""
    lines = subprocess.run([watchllmctl, "prices", "eval", "--cases", path], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    ours = {o["id"]: o for o in map(json.loads, lines.stdout.splitlines())}
    rows = []
    for case in map(json.loads, filter(str.strip, pathlib.Path(path).read_text().splitlines())):
        if not case.get("expected"):
            continue
        check(case)
        row = {"WatchLLM": judge_watchllm(case, ours[case["id"]])}
        for name, figures in LIBRARIES.items():
            row[name] = judge_library(case, figures)
        rows.append((case, row))
    return rows


def counts(rows, side):
    n = collections.Counter(row[side][0] for _, row in rows)
    asked = len(rows) - n[NOT_ASKED]
    return f"{n[RIGHT]} / {n[WRONG]} / {n[UNPRICED]}" if asked else "-"


def table(rows):
    """Right / wrong / unpriced for each category and side."""
    groups = collections.defaultdict(list)
    for case, row in rows:
        groups[case.get("category") or "-"].append((case, row))
    out = ["| category | cases | " + " | ".join(SIDES) + " |", "| --- | --: |" + " --: |" * len(SIDES)]
    for name in sorted(groups):
        out.append(f"| {name} | {len(groups[name])} | " + " | ".join(counts(groups[name], s) for s in SIDES) + " |")
    out.append(f"| **all** | **{len(rows)}** | " + " | ".join(f"**{counts(rows, s)}**" for s in SIDES) + " |")
    both = [r for r in rows if all(r[1][s][0] != NOT_ASKED for s in SIDES)]
    if len(both) != len(rows):
        out.append(f"| all that the libraries were asked | {len(both)} | " + " | ".join(counts(both, s) for s in SIDES) + " |")
    return out


def cell(verdict, figure):
    if verdict == NOT_ASKED:
        return "-"
    text = "none" if figure is None else figure if isinstance(figure, str) else f"{figure:.12g}"
    return text if verdict == RIGHT else f"**{text}**"


def differences(rows):
    """The cases that one of them gets wrong or cannot price."""
    out = ["| case | call | expected | " + " | ".join(SIDES) + " |", "| --- | --- | --: |" + " --: |" * len(SIDES)]
    for case, row in rows:
        if all(row[s][0] in (RIGHT, NOT_ASKED) for s in SIDES):
            continue
        want = case["expected"].get("cost_usd") or case["expected"]["status"]
        if isinstance(case.get("disputed"), dict) and case["disputed"].get("cost_b"):
            want += " or " + case["disputed"]["cost_b"]
        call = f"{case['provider']} {case['request_model'].rsplit('/', 1)[-1]}"
        if case.get("service_tier"):
            call += f", {case['service_tier']}"
        out.append(f"| {case['id']} | {call} | {want} | " + " | ".join(cell(*row[s]) for s in SIDES) + " |")
    return out if len(out) > 2 else ["None."]


def versions(sources):
    """The libraries' versions, with the day each was read for prices/imported."""
    out = ["| library | version | pinned for the imported prices |", "| --- | --- | --- |"]
    for name in LIBRARIES:
        version = importlib.metadata.version(name)
        m = re.search(rf'package: {name}, version: {re.escape(version)}, date: "([^"]+)"', sources)
        out.append(f"| {name} | {version} | {'read ' + m[1] if m else 'another version'} |")
    return out


def fill(page, name, lines):
    begin, end = f"<!-- {name}: make compare-prices -->", f"<!-- /{name} -->"
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise SystemExit(f"the page lacks the markers {begin} and {end}")
    return before + begin + "\n" + "\n".join(lines) + "\n" + end + after


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--watchllmctl", required=True, help="the built tool")
    p.add_argument("--sources", default="prices/sources.yaml", help="pinned packages of the imported prices")
    p.add_argument("--page", help="page to write the tables into; without it they are printed")
    p.add_argument("files", nargs="+", metavar="NAME=FILE")
    args = p.parse_args()

    blocks = {"versions": versions(pathlib.Path(args.sources).read_text())}
    for name, _, path in (f.partition("=") for f in args.files):
        if not path:
            p.error(f"{name}: NAME=FILE, NAME that of a pair of markers in the page")
        rows = evaluate(path, args.watchllmctl)
        blocks[name] = [*table(rows), "", "Where they differ (**wrong or missing**):", "", *differences(rows)]
        print(f"{path}: " + ", ".join(f"{s} {counts(rows, s)}" for s in SIDES) + " (right / wrong / unpriced)")
    if not args.page:
        print("\n".join(line for lines in blocks.values() for line in [*lines, ""]))
        return
    page = pathlib.Path(args.page)
    text = page.read_text()
    for name, lines in blocks.items():
        text = fill(text, name, lines)
    page.write_text(text)


if __name__ == "__main__":
    main()
