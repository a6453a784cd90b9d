"""The top floor: the faces. HTTP in, HTTP out."""
