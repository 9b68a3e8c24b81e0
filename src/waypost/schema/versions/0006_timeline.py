"""What events and sends are about, to be found by."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what an event is about, and indexes to find events and sends of a message by."""
    with op.batch_alter_table("event") as batch:
        batch.add_column(sa.Column("about", sa.Text(), nullable=True))
    op.create_index("ix_event_environment_id_about", "event", ["environment_id", "about"])
    op.create_index("ix_send_environment_id_message_id", "send", ["environment_id", "message_id"])
