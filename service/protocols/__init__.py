"""Protocols of other systems, one package each: Akismet, the captcha services' siteverify, WordPress."""
