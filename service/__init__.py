"""The service. Its rules for comments, captcha and spam take and return plain values; `service.web` speaks HTTP."""
