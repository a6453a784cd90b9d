"""Reading requests, and the headers and errors that all handlers share."""
