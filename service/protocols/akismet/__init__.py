"""Akismet's protocol, 1.1 and 1.2, on any Host, and its native twin ``/api/v1/check``. See docs/spam-service.md."""
