"""Comments from elsewhere. One importer a file, all of one shape: a reader of a source gives incoming comments."""
