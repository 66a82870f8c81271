"""The root of the branch `own`: earlier releases of the template put your migrations there.

They stay as they are. New ones go to the branch `app`.
"""

revision = "own_0001_root"
down_revision = None
branch_labels = ("own",)
depends_on = None


def upgrade() -> None:
    """Change nothing."""


def downgrade() -> None:
    """Change nothing."""
