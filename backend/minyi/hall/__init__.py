"""Pages made of several slices: front page, a topic with all around it, a community, my page."""
