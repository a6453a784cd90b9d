"""Routes for readers and admins. Only this package, `service.protocols` and `service.server` know HTTP."""
