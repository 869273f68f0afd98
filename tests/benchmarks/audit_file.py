"""Audit one parquet file: `python -m tests.benchmarks.audit_file FILE FOLDER` prints what it took, as JSON.

Seconds, the most memory of this process in GB, and how many rows were audited, of how many patients.
"""

import json
import resource
import sys
import time
from datetime import date

import pyarrow as pa

from lemtrada_schedule import audit, load_protocol

if __name__ == "__main__":
    file, folder = sys.argv[1:]
    us, as_of = load_protocol("us"), date(2026, 11, 22)
    audit(pa.table({"patient": [1], "date": [as_of]}), us, as_of=as_of)  # loads packages, and fills the tables
    began = time.perf_counter()
    report = audit(file, us, as_of=as_of, folder=folder)
    took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    sys.stdout.write(json.dumps([took, peak, report.rows.audited, report.patients.num_rows]))
