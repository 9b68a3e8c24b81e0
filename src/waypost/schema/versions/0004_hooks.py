"""Our webhooks at providers, and what they told."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of hooks and of received webhooks."""
    _create_provider_hook()
    _create_received_webhook()


def _create_provider_hook() -> None:
    op.create_table(
        "provider_hook",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("environment_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("subject_name", sa.Text(), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("checked_at", sa.Double(), nullable=True),
        sa.Column("heard_at", sa.Double(), nullable=True),
        *_belongs("provider_hook"),
        sa.PrimaryKeyConstraint("id", name="pk_provider_hook"),
        sa.UniqueConstraint(
            "account_id",
            "kind",
            "subject_id",
            name="uq_provider_hook_account_id_kind_subject_id",
        ),
    )
    op.create_index(
        "ix_provider_hook_environment_id_account_id",
        "provider_hook",
        ["environment_id", "account_id"],
    )


def _create_received_webhook() -> None:
    op.create_table(
        "received_webhook",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("environment_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("hook_id", sa.Text(), nullable=True),
        sa.Column("provider_event_id", sa.Text(), nullable=False),
        sa.Column("native_type", sa.Text(), nullable=True),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("received_at", sa.Double(), nullable=False),
        *_belongs("received_webhook"),
        sa.PrimaryKeyConstraint("id", name="pk_received_webhook"),
        sa.UniqueConstraint(
            "account_id",
            "provider_event_id",
            name="uq_received_webhook_account_id_provider_event_id",
        ),
    )
    op.create_index(
        "ix_received_webhook_environment_id_received_at",
        "received_webhook",
        ["environment_id", "received_at"],
    )


def _belongs(table: str) -> tuple[sa.ForeignKeyConstraint, ...]:
    return tuple(
        sa.ForeignKeyConstraint(
            [f"{owner}_id"], [f"{owner}.id"], name=f"fk_{table}_{owner}_id", ondelete="CASCADE"
        )
        for owner in ("environment", "account")
    )
