"""民议 Minyi: a city's open hall. `app.py` puts it together, `cli.py` is the program."""
