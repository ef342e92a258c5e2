"""Shows what a run left in the dataset, read back from the Parquet by SQL: `python -m samples.tour [DATASET]`."""

from __future__ import annotations

import sys
from pathlib import Path

from flows.commands.own_name import own_name
from flows.output.console import print_table, stdout_console
from tasks.query.sql import as_rows, run_sql
from tasks.store.dataset import Dataset

MOST_ROWS = 6
WIDTH = 140  # in a pipe or a log

SECTIONS = {
    "Storyline": "SELECT {time} AS time, description FROM current_storyline {of} ORDER BY start_ms",
    "Visible text": "SELECT {time} AS time, text, appearance FROM current_visible_text {of} ORDER BY start_ms",
    "Transcript": "SELECT {time} AS time, speaker, text FROM current_transcript {of} ORDER BY start_ms",
}
TIME = "printf('%02d:%04.1f', start_ms // 60000, start_ms % 60000 / 1000)"


def main() -> None:
    dataset = Dataset.existing(sys.argv[1] if len(sys.argv) > 1 else "dataset")
    console = stdout_console(otherwise_wide=WIDTH)
    recordings = run_sql(dataset, "SELECT DISTINCT ON (media_id) media_id, uri FROM media ORDER BY media_id, uri")
    for recording in sorted(recordings.to_pylist(), key=lambda row: row["uri"]):
        console.print(f"\n[bold reverse] {Path(recording['uri']).name} [/]")
        for title, sql in SECTIONS.items():
            of = f"WHERE media_id = '{recording['media_id']}'"
            rows = run_sql(dataset, sql.format(time=TIME, of=of))
            if rows.num_rows:
                more = f" (first {MOST_ROWS} of {rows.num_rows})" if rows.num_rows > MOST_ROWS else ""
                console.print(f"\n[bold]{title}[/bold]{more}")
                shown = [list(row.values()) for row in as_rows(rows.slice(0, MOST_ROWS))]
                print_table(console, rows.column_names, shown)
        console.print()
    console.print(
        f'Ask it yourself:  {own_name()} query --dataset {dataset.root} "SELECT * FROM timeline LIMIT 20"', markup=False
    )


if __name__ == "__main__":
    main()
