"""The ground floor: what is stored. Takes a URL, never a setting or a request."""
