"""Our own JSON API, ``/api/v1``: what form and admin do, for programs. ``docs/api.md`` is for those who write them.

``operations`` is the table of all routes, from which the routes and the OpenAPI document are made. A request is read
and answered by ``request_pipeline``: token, rate limit, query, body, ``Idempotency-Key``, handler. Handlers call what
form and admin call. Errors are problems (RFC 9457); see ``service.web.http.api_problems``.
"""
