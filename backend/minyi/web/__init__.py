"""Flask help that knows no slice: the door, refusals, paging, headers, language, the JSON API's frame."""
