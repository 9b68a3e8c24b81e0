"""When the next job for an endpoint is due; what waits for it, by when."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and put the moment into the index."""
    op.add_column("webhook", sa.Column("wake_at", sa.Double(), nullable=True))
    op.drop_index("ix_webhook_delivery_webhook_id_state", "webhook_delivery")
    op.create_index(
        "ix_webhook_delivery_webhook_id_state_next_at",
        "webhook_delivery",
        ["webhook_id", "state", "next_at"],
    )
