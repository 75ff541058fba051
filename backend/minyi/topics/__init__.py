"""Topics: raised, moderated, endorsed, discussed, followed up; statements and opinions; the phases as data."""
