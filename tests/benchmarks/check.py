"""How fast a dry run is: `python tests/benchmarks/check.py`.

Makes its own workbooks and runs, in turn: calamine's bare read, the product, and the plain way
with pandas, openpyxl and jsonschema. Prints ratios taken round by round, and peak memory. The worst
workbook has one number in every row and ten faults in each.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from make_workbook import write
from measuring import in_turn, median_ratio, median_seconds, peak

HERE = Path(__file__).parent
PRODUCT = (sys.executable, "-m", "importer", "check")


def main() -> None:
    """Measure each size and print one line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--plain-up-to", type=int, default=100_000, metavar="N")
    arguments = parser.parse_args()
    print("µs/invoice is beyond what one invoice takes, which is start-up.")
    print(
        "invoices  bare s  dry run s  × bare  µs/invoice  peak MB  plain s  plain ×  report ×"
        "  worst ×  worst MB"
    )
    with tempfile.TemporaryDirectory() as folder:
        one = Path(folder) / "one.xlsx"
        write(one, 1)
        start = in_turn({"start": (*PRODUCT, str(one), "--no-report")}, arguments.rounds)["start"]
        for size in arguments.sizes:
            plain = size <= arguments.plain_up_to
            print(measure(Path(folder), size, arguments.rounds, median_seconds(start), plain=plain))


def measure(folder: Path, size: int, rounds: int, start: float, *, plain: bool) -> str:
    """Measure one size; give its line of the table. `start` is start-up in seconds."""
    workbook, faulty = folder / f"{size}.xlsx", folder / f"{size}-faulty.xlsx"
    write(workbook, size)
    write(faulty, size, wrong=10)
    worst = folder / f"{size}-worst.xlsx"
    write(worst, size, worst=True)
    report = folder / "report.xlsx"
    figures = in_turn(
        {
            "bare": (sys.executable, str(HERE / "bare_read.py"), str(workbook)),
            "dry run": (*PRODUCT, str(workbook), "--no-report"),
            "worst": (*PRODUCT, str(worst), "--no-report"),
            "faulty": (*PRODUCT, str(faulty), "--no-report"),
            "with report": (*PRODUCT, str(faulty), "--report", str(report), "--force"),
        },
        rounds,
    )
    if plain:
        command = (sys.executable, str(HERE / "plain_way.py"), str(workbook))
        figures |= in_turn({"plain": command}, 1 if size > 10_000 else rounds)
    dry, bare = figures["dry run"], figures["bare"]
    reporting = median_ratio(figures["with report"], figures["faulty"]) - 1
    seconds = median_seconds(dry)
    slow = median_seconds(figures["plain"]) if plain else float("nan")
    return (
        f"{size:8,}  {median_seconds(bare):6.2f}  {seconds:9.2f}  {median_ratio(dry, bare):6.2f}"
        f"  {(seconds - start) / size * 1e6:10.0f}  {peak(dry):7.0f}  {slow:7.2f}"
        f"  {slow / seconds:7.1f}  {reporting:8.2f}  {median_ratio(figures['worst'], dry):7.2f}"
        f"  {peak(figures['worst']):8.0f}"
    )


if __name__ == "__main__":
    main()
