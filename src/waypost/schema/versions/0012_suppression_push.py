"""What is pushed to providers' suppression lists, and why entries came back."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of what is pushed."""
    with op.batch_alter_table("suppression") as batch:
        batch.add_column(sa.Column("returns", sa.JSON(), nullable=True))
    op.create_table(
        "suppression_policy",
        sa.Column("environment_id", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("push", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environment.id"],
            name="fk_suppression_policy_environment_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "environment_id", "tenant_id", "account_id", name="pk_suppression_policy"
        ),
    )
    op.create_table(
        "suppression_push",
        sa.Column("id", sa.Text(), nullable=False),
        *_of_an_account(),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("native_list", sa.Text(), nullable=False),
        sa.Column("native_id", sa.Text(), nullable=True),
        sa.Column("gone", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("seen_in", sa.Text(), nullable=True),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        *_foreign_keys("suppression_push"),
        sa.PrimaryKeyConstraint("id", name="pk_suppression_push"),
        sa.UniqueConstraint(
            "account_id", "address", "domain", "gone", name="uq_suppression_push_place"
        ),
    )
    op.create_index(
        "ix_suppression_push_environment_id_native_id",
        "suppression_push",
        ["environment_id", "native_id"],
    )
    op.create_table(
        "suppression_pushing",
        *_of_an_account(),
        sa.Column("run", sa.Text(), nullable=True),
        sa.Column("run_until", sa.Double(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.Double(), nullable=True),
        *_foreign_keys("suppression_pushing"),
        sa.PrimaryKeyConstraint("account_id", name="pk_suppression_pushing"),
    )


def _of_an_account() -> tuple[sa.Column[str], ...]:
    return tuple(
        sa.Column(name, sa.Text(), nullable=False) for name in ("account_id", "environment_id")
    )


def _foreign_keys(table: str) -> tuple[sa.ForeignKeyConstraint, ...]:
    return tuple(
        sa.ForeignKeyConstraint(
            [f"{other}_id"], [f"{other}.id"], name=f"fk_{table}_{other}_id", ondelete="CASCADE"
        )
        for other in ("account", "environment")
    )
