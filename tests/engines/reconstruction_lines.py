#!/usr/bin/env python3
"""Times of a reconstruction program, as the `key: value` lines that `engine:command` reads.

reconstruction_lines.py timing.tsv [ALGORITHM...]    ACTS: its Sequencer's timing.tsv or timing.csv; the sum
                                                     of all algorithms, or of those whose names are given
reconstruction_lines.py traccc.log                   traccc_throughput_*: what it printed, or its --log-file
"""

import csv
import re
import statistics
import sys


def acts(text: str, names: list[str]) -> tuple[int, float]:
    """Return events and seconds an event of a table `identifier, time_total_s, time_perevent_s`."""
    rows = list(csv.DictReader(text.split("\n"), delimiter="\t" if "\t" in text else ","))
    algorithms = [row for row in rows if row["identifier"].startswith("Algorithm:")]
    chosen = (
        [r for r in algorithms if r["identifier"].removeprefix("Algorithm:") in names]
        if names
        else algorithms
    )
    missing = set(names) - {row["identifier"].removeprefix("Algorithm:") for row in chosen}
    if missing or not chosen:
        sys.exit(f"there is no algorithm {', '.join(sorted(missing)) or 'at all'} in the table")
    each = [float(row["time_perevent_s"]) for row in chosen]
    # The number of events is not in it; every row gives it, by its few digits.
    counts = [
        float(r["time_total_s"]) / float(r["time_perevent_s"]) for r in rows if float(r["time_perevent_s"])
    ]
    return round(statistics.median(counts)), sum(each)


def traccc(text: str) -> tuple[int, float]:
    """Return events and seconds an event of what was printed, or of a log file with a line a run."""
    lines = [row for row in csv.reader(text.split("\n")) if len(row) in (7, 8) and row[4].isdigit()]
    if (
        lines
    ):  # directory, threads, loaded, cold and processed events, (cells,) nanoseconds cold and processed
        if len({tuple(row[:2]) for row in lines}) > 1:
            sys.exit("runs on several inputs or numbers of threads; give those of one")
        events = sum(int(row[4]) for row in lines)
        return events, 1e-9 * sum(int(row[-1]) for row in lines) / events
    told = re.findall(r"Event processing\s+([\d.e+-]+) ms/event", text)
    count = re.findall(r"[Pp]rocessed events?(?:\(s\))?\s*:\s*(\d+)", text)
    if len(told) != 1 or len(count) != 1:
        sys.exit("neither a timing table of ACTS nor one run of traccc, with its options and its throughput")
    return int(count[0]), 1e-3 * float(told[0])


def main() -> None:
    """Print the lines."""
    with open(sys.argv[1]) as file:
        text = file.read()
    events, seconds = acts(text, sys.argv[2:]) if text.startswith("identifier") else traccc(text)
    print(f"events: {events}\nwall_s_per_event: {seconds:.9g}")


if __name__ == "__main__":
    main()
