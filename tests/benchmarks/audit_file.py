"""Audit one parquet file: `python -m tests.benchmarks.audit_file FILE FOLDER REPEATS` prints what it took, as JSON.

The seconds of each turn after a warm-up, the most memory of this process in GB, and how many rows were audited, of
how many patients. The first turn touches the memory, which costs more than the audit on a machine that has to get it.
"""

import json
import resource
import sys
import time
from datetime import date

from lemtrada_schedule import audit, load_protocol

if __name__ == "__main__":
    file, folder, repeats = sys.argv[1:]
    us, took = load_protocol("us-2024-05"), []
    for _ in range(int(repeats) + 1):
        began = time.perf_counter()
        report = audit(file, us, as_of=date(2026, 11, 22), folder=folder)
        took.append(time.perf_counter() - began)
        counts = [report.rows.audited, report.patients.num_rows]
        del report
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    sys.stdout.write(json.dumps([took[1:], peak, *counts]))
