"""What every test runs under: the zone data of the tzdata package, and the hypothesis profiles."""

import os
import zoneinfo

from hypothesis import settings

# The zone data of a machine is as old as the machine, and `zoneinfo` prefers it in silence. Here, and in
# the processes that tests start, only the tzdata package counts.
os.environ["PYTHONTZPATH"] = ""
zoneinfo.reset_tzpath(())
zoneinfo.ZoneInfo.clear_cache()

settings.register_profile("ci", derandomize=True, database=None, max_examples=75, print_blob=True, deadline=None)
settings.register_profile("dev", deadline=None)
settings.register_profile("nightly", max_examples=5_000, print_blob=True, deadline=None)
settings.register_profile("mutation", derandomize=True, database=None, max_examples=20, deadline=None)
# --hypothesis-profile=NAME wins over this.
settings.load_profile("ci" if os.environ.get("CI") == "true" else "dev")
