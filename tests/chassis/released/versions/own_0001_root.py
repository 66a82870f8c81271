"""The root of your own migrations: the template adds none after this one."""

revision = "own_0001_root"
down_revision = None
branch_labels = ("own",)
depends_on = None


def upgrade() -> None:
    """Change nothing."""


def downgrade() -> None:
    """Change nothing."""
