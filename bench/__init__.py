"""`make bench`: ratios, measured side by side in one run. No figure here is an absolute time."""
