"""Who did what, chained: each entry's hash covers the one before it. Also the version of what a page shows."""
