"""Cookiecutter's way in: Copier refuses the answers, and Copier makes the service."""
