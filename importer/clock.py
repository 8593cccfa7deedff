"""Two clocks: what is kept for others is in Unix seconds; waits are measured on one nobody sets.

The clock on the wall may be set at any moment, by a person, a server of the time, or a battery that
is empty. Whatever waits inside a process asks `steady` instead.
"""

from __future__ import annotations

import sys
import time

if sys.platform == "linux":

    def steady() -> float:
        """Give the seconds since some moment: never set, and going on while the machine sleeps.

        Only differences mean anything. (`time.monotonic` stands still on Linux and macOS while a
        laptop is closed, so a claim that it measures would outlive what others believe.)
        """
        return time.clock_gettime(time.CLOCK_BOOTTIME)

elif sys.platform == "darwin":

    def steady() -> float:
        """Give the seconds since some moment: never set, and going on while the machine sleeps."""
        return time.clock_gettime(time.CLOCK_MONOTONIC)

else:

    def steady() -> float:
        """Give the seconds since some moment: never set, and going on while the machine sleeps."""
        return time.monotonic()
