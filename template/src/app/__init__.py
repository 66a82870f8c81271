"""A streaming microservice in onion layers; `docs/guide.md` tells where things go."""
