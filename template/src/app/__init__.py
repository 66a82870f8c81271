"""A streaming microservice in onion layers; `docs/guide.md` explains where things go."""
