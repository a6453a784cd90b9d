"""Email notifications: subscriptions, the outbox, the messages, and sending over SMTP."""
