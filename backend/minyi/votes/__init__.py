"""Votes: a question, a frozen roll, ballots that may be changed until the close, a tally by a rule pack."""
