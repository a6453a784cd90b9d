"""The spam check as a service: verdicts that were given, usage by day, and what a key's submissions have taught."""
