"""Places: city, county, town, community. A code is the statistical division code; a child's code starts with its parent's."""
