"""Writes the nycflights13 data set as `key<TAB>value` lines: the tail number, and the flight as JSON.

usage: flights.py COUNT FILE
"""
import csv
import io
import json
import pathlib
import sys
import sysconfig
import zipfile


def main(count: int, target: str) -> None:
    # Beside the package, not through it: importing it would need pandas.
    data = pathlib.Path(sysconfig.get_path("purelib")) / "nycflights13" / "data" / "flights.csv.zip"
    with zipfile.ZipFile(data) as archive, open(target, "w", encoding="utf-8", newline="\n") as out:
        member = next(name for name in archive.namelist() if name.endswith("flights.csv"))
        with archive.open(member) as raw:
            rows = csv.DictReader(io.TextIOWrapper(raw, "utf-8"))
            for number, row in enumerate(rows):
                if number == count:
                    break
                # The number of the row makes every line unique, so that a lost and a doubled record cannot cancel out.
                flight = {"row": number, **{name: value for name, value in row.items() if name}}
                out.write(f'{row["tailnum"] or "NA"}\t{json.dumps(flight, separators=(",", ":"))}\n')


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
