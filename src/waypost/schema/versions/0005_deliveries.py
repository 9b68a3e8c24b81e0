"""Deliveries to customers' webhooks and their attempts."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Extend endpoints, and create the tables of deliveries and attempts."""
    with op.batch_alter_table("webhook") as batch:
        batch.add_column(sa.Column("tenant_ids", sa.JSON(), nullable=True))
        batch.add_column(sa.Column("ordered_by", sa.Text(), nullable=True))
        batch.add_column(sa.Column("sealed_old_secret", sa.LargeBinary(), nullable=True))
        batch.add_column(sa.Column("old_secret_until", sa.Double(), nullable=True))
        batch.add_column(sa.Column("failing_since", sa.Double(), nullable=True))
        batch.add_column(sa.Column("paused_at", sa.Double(), nullable=True))
        batch.add_column(sa.Column("pause_reason", sa.Text(), nullable=True))
    _create_webhook_delivery()
    _create_webhook_attempt()


def _create_webhook_delivery() -> None:
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("environment_id", sa.Text(), nullable=False),
        sa.Column("webhook_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("order_key", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.Double(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        *_belongs("webhook_delivery", "environment", "webhook"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_delivery"),
        sa.UniqueConstraint(
            "webhook_id", "event_id", name="uq_webhook_delivery_webhook_id_event_id"
        ),
    )
    op.create_index(
        "ix_webhook_delivery_environment_id_webhook_id_created_at",
        "webhook_delivery",
        ["environment_id", "webhook_id", "created_at"],
    )
    op.create_index(
        "ix_webhook_delivery_webhook_id_state", "webhook_delivery", ["webhook_id", "state"]
    )


def _create_webhook_attempt() -> None:
    op.create_table(
        "webhook_attempt",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("environment_id", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        *_belongs("webhook_attempt", "environment"),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["webhook_delivery.id"],
            name="fk_webhook_attempt_delivery_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("position", name="pk_webhook_attempt"),
    )
    op.create_index("ix_webhook_attempt_delivery_id", "webhook_attempt", ["delivery_id"])


def _belongs(table: str, *owners: str) -> tuple[sa.ForeignKeyConstraint, ...]:
    return tuple(
        sa.ForeignKeyConstraint(
            [f"{owner}_id"], [f"{owner}.id"], name=f"fk_{table}_{owner}_id", ondelete="CASCADE"
        )
        for owner in owners
    )
