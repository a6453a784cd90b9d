"""The command ``leave-a-reply``."""
