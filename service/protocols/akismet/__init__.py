"""Akismet's protocol, so that blogs and plugins can use this spam check with another address and key.

Defined by akismet.com/developers/detailed-docs/ (comment-check, submit-spam, submit-ham, verify-key, usage-limit,
key-sites) and, for what those leave out, by the WordPress plugin's source (``class.akismet.php``: ``get_key_status``,
``get-subscription``, ``deactivate``, ``/1.1/test``). ``docs/spam-service.md`` is for owners.

Routes of Akismet's, on any Host, with the key as ``api_key``, ``key`` or the first label of the Host:
    POST /1.1/comment-check, submit-spam, submit-ham                          ``comment_check``
    POST /1.1/verify-key, get-stats, get-subscription, deactivate             ``key_info``
    GET  /1.1/test; GET or POST /1.2/usage-limit, /1.2/key-sites              ``key_info``

The same in JSON, with score and reasons, is in our own API: ``service/protocols/api/spam_resource.py``.
Answers are always 200, errors too: clients treat any other status as an outage.
"""
