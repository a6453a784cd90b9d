"""Requests in, headers and errors out: what every handler shares."""
