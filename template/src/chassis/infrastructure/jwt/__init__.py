"""JSON Web Tokens (RFC 7519), verified with PyJWT."""
