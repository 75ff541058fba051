"""The worker: runs functions by name from one table that `app.py` fills."""
