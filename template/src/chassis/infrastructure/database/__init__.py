"""The database: SQLAlchemy Core, with a folder for each aggregate and each concern."""
