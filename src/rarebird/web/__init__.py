"""The API, the live feed and the page, on one port."""
