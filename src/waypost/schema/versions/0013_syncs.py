"""Sync jobs, their runs, triggers and state, and the records they keep."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of syncs."""
    _create_sync_job()
    _create_sync_state()
    _create_sync_job_cron_trigger()
    _create_sync_job_run()
    _create_sync_record()
    _create_sync_mutex()
    _create_sync_spool()


def _create_sync_job() -> None:
    op.create_table(
        "sync_job",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("environment_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("sharing", sa.Text(), nullable=True),
        sa.Column("integration_name", sa.Text(), nullable=True),
        sa.Column("default_runtime_version", sa.Integer(), nullable=False),
        sa.Column("args_schema", sa.JSON(), nullable=True),
        sa.Column("args_validation", sa.Text(), nullable=True),
        sa.Column("mutex_key", sa.Text(), nullable=True),
        sa.Column("state_key", sa.Text(), nullable=True),
        sa.Column("resources", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environment.id"],
            name="fk_sync_job_environment_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sync_job"),
    )
    op.create_index(
        "ix_sync_job_environment_id_kind_created_at_id",
        "sync_job",
        ["environment_id", "kind", "created_at", "id"],
        unique=False,
    )


def _create_sync_state() -> None:
    op.create_table(
        "sync_state",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("environment_id", sa.Text(), nullable=False),
        sa.Column("state_key", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("sync_job_run_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environment.id"],
            name="fk_sync_state_environment_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sync_state"),
        sa.UniqueConstraint("environment_id", "state_key", "key", name="uq_sync_state_identity"),
    )
    op.create_index(
        "ix_sync_state_environment_id_created_at_id",
        "sync_state",
        ["environment_id", "created_at", "id"],
        unique=False,
    )


def _create_sync_job_cron_trigger() -> None:
    op.create_table(
        "sync_job_cron_trigger",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("environment_id", sa.Text(), nullable=False),
        sa.Column("sync_job_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("cron_expression", sa.Text(), nullable=False),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("error_handling", sa.Text(), nullable=True),
        sa.Column("events_to_send", sa.JSON(), nullable=True),
        sa.Column("meta", sa.JSON(), nullable=True),
        sa.Column("is_scheduled", sa.Boolean(), nullable=False),
        sa.Column("schedule", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.Double(), nullable=True),
        sa.Column("last_at", sa.Double(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name="fk_sync_job_cron_trigger_account_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environment.id"],
            name="fk_sync_job_cron_trigger_environment_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sync_job_id"],
            ["sync_job.id"],
            name="fk_sync_job_cron_trigger_sync_job_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sync_job_cron_trigger"),
    )
    op.create_index(
        "ix_sync_job_cron_trigger_account_id", "sync_job_cron_trigger", ["account_id"], unique=False
    )
    op.create_index(
        "ix_sync_job_cron_trigger_environment_id_created_at_id",
        "sync_job_cron_trigger",
        ["environment_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_sync_job_cron_trigger_sync_job_id",
        "sync_job_cron_trigger",
        ["sync_job_id"],
        unique=False,
    )


def _create_sync_job_run() -> None:
    op.create_table(
        "sync_job_run",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("environment_id", sa.Text(), nullable=False),
        sa.Column("sync_job_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("trigger_id", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("resources", sa.JSON(), nullable=False),
        sa.Column("error_handling", sa.Text(), nullable=False),
        sa.Column("ignore_previous_run", sa.Boolean(), nullable=False),
        sa.Column("force", sa.Boolean(), nullable=False),
        sa.Column("events_to_send", sa.JSON(), nullable=True),
        sa.Column("mutex_key", sa.Text(), nullable=False),
        sa.Column("state_key", sa.Text(), nullable=False),
        sa.Column("resource_stats", sa.JSON(), nullable=False),
        sa.Column("checkpoint", sa.JSON(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("retry_at", sa.Double(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=True),
        sa.Column("finished_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_sync_job_run_account_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environment.id"],
            name="fk_sync_job_run_environment_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sync_job_id"], ["sync_job.id"], name="fk_sync_job_run_sync_job_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sync_job_run"),
    )
    op.create_index(
        "ix_sync_job_run_account_id_mutex_key_status",
        "sync_job_run",
        ["account_id", "mutex_key", "status"],
        unique=False,
    )
    op.create_index(
        "ix_sync_job_run_environment_id_created_at_id",
        "sync_job_run",
        ["environment_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_sync_job_run_status_updated_at", "sync_job_run", ["status", "updated_at"], unique=False
    )
    op.create_index("ix_sync_job_run_sync_job_id", "sync_job_run", ["sync_job_id"], unique=False)


def _create_sync_record() -> None:
    op.create_table(
        "sync_record",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("environment_id", sa.Text(), nullable=False),
        sa.Column("sync_job_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("seen_in", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("deleted_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_sync_record_account_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environment.id"],
            name="fk_sync_record_environment_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sync_job_id"], ["sync_job.id"], name="fk_sync_record_sync_job_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sync_record"),
        sa.UniqueConstraint(
            "sync_job_id", "account_id", "resource", "record_id", name="uq_sync_record_identity"
        ),
    )
    op.create_index(
        "ix_sync_record_environment_id_created_at_id",
        "sync_record",
        ["environment_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_sync_record_sync_job_id_account_id_origin",
        "sync_record",
        ["sync_job_id", "account_id", "origin"],
        unique=False,
    )


def _create_sync_mutex() -> None:
    op.create_table(
        "sync_mutex",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("environment_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_sync_mutex_account_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environment.id"],
            name="fk_sync_mutex_environment_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["sync_job_run.id"], name="fk_sync_mutex_run_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "key", name="pk_sync_mutex"),
    )
    op.create_index("ix_sync_mutex_run_id", "sync_mutex", ["run_id"], unique=False)


def _create_sync_spool() -> None:
    op.create_table(
        "sync_spool",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("environment_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("path", sa.JSON(), nullable=False),
        sa.Column("records", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environment.id"],
            name="fk_sync_spool_environment_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["sync_job_run.id"], name="fk_sync_spool_run_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("position", name="pk_sync_spool"),
    )
    op.create_index("ix_sync_spool_run_id_node", "sync_spool", ["run_id", "node"], unique=False)
