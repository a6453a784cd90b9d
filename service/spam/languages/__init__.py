"""Which language a text in Latin script is written in."""
