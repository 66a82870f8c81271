"""Who may do what: decided here, once, whichever transport carried the request."""
