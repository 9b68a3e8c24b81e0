"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create everything the first release keeps."""
    _create_call_record()
    _create_data_key()
    _create_environment()
    _create_account_token()
    _create_api_token()
    _create_event()
    _create_install()
    _create_link_token()
    _create_model_install()
    _create_tenant()
    _create_account()
    _create_link_sign_in()
    _create_mapping_override()


def _create_call_record() -> None:
    op.create_table(
        "call_record",
        sa.Column("sequence", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("environment_id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("tenant_id", sa.String(length=256), nullable=True),
        sa.Column("integration", sa.String(length=64), nullable=False),
        sa.Column("surface", sa.String(length=32), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("resource", sa.String(length=128), nullable=True),
        sa.Column("method", sa.String(length=64), nullable=True),
        sa.Column("http_method", sa.String(length=16), nullable=False),
        sa.Column("http_url", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.Double(), nullable=False),
        sa.Column("fetch_ms", sa.Double(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("bytes_in", sa.Integer(), nullable=False),
        sa.Column("bytes_out", sa.Integer(), nullable=False),
        sa.Column("result_count", sa.Integer(), nullable=True),
        sa.Column("needs_reauth", sa.Boolean(), nullable=False),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("message", sa.String(), nullable=True),
        sa.Column("notes", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_call_record")),
    )
    op.create_index(
        "ix_call_record_environment_id_at", "call_record", ["environment_id", "at"], unique=False
    )


def _create_data_key() -> None:
    op.create_table(
        "data_key",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("environment_id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("kek_id", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_key")),
        sa.UniqueConstraint(
            "environment_id", "owner_id", name=op.f("uq_data_key_environment_id_owner_id")
        ),
    )
    op.create_index(op.f("ix_data_key_kek_id"), "data_key", ["kek_id"], unique=False)


def _create_environment() -> None:
    op.create_table(
        "environment",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_environment")),
    )


def _create_account_token() -> None:
    op.create_table(
        "account_token",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("environment_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environment.id"],
            name=op.f("fk_account_token_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_account_token_digest")),
    )
    op.create_index(
        op.f("ix_account_token_account_id"), "account_token", ["account_id"], unique=False
    )
    op.create_index(
        op.f("ix_account_token_expires_at"), "account_token", ["expires_at"], unique=False
    )


def _create_api_token() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("environment_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.Double(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environment.id"],
            name=op.f("fk_api_token_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_token_digest")),
    )
    op.create_index(
        op.f("ix_api_token_environment_id_created_at_id"),
        "api_token",
        ["environment_id", "created_at", "id"],
        unique=False,
    )


def _create_event() -> None:
    op.create_table(
        "event",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("environment_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environment.id"],
            name=op.f("fk_event_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_event")),
        sa.UniqueConstraint("id", name=op.f("uq_event_id")),
    )
    op.create_index(
        op.f("ix_event_environment_id_created_at_position"),
        "event",
        ["environment_id", "created_at", "position"],
        unique=False,
    )


def _create_install() -> None:
    op.create_table(
        "install",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("environment_id", sa.Text(), nullable=False),
        sa.Column("integration", sa.Text(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("show_in_catalog", sa.Boolean(), nullable=False),
        sa.Column("override", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("sealed", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environment.id"],
            name=op.f("fk_install_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_install")),
        sa.UniqueConstraint(
            "environment_id", "integration", name=op.f("uq_install_environment_id_integration")
        ),
    )
    op.create_index(
        op.f("ix_install_environment_id_created_at_id"),
        "install",
        ["environment_id", "created_at", "id"],
        unique=False,
    )


def _create_link_token() -> None:
    op.create_table(
        "link_token",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("environment_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=True),
        sa.Column("reconnects", sa.Boolean(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("sealed_context", sa.LargeBinary(), nullable=True),
        sa.Column("redirect_uri", sa.Text(), nullable=True),
        sa.Column("scopes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("unified_models", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("persist_previous_context", sa.Boolean(), nullable=False),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("used_at", sa.Double(), nullable=True),
        sa.Column("attempt", sa.Text(), nullable=True),
        sa.Column("attempt_until", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environment.id"],
            name=op.f("fk_link_token_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_link_token_digest")),
    )
    op.create_index(op.f("ix_link_token_expires_at"), "link_token", ["expires_at"], unique=False)


def _create_model_install() -> None:
    op.create_table(
        "model_install",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("environment_id", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("override", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environment.id"],
            name=op.f("fk_model_install_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_install")),
        sa.UniqueConstraint(
            "environment_id", "model", name=op.f("uq_model_install_environment_id_model")
        ),
    )
    op.create_index(
        op.f("ix_model_install_environment_id_created_at_id"),
        "model_install",
        ["environment_id", "created_at", "id"],
        unique=False,
    )


def _create_tenant() -> None:
    op.create_table(
        "tenant",
        sa.Column("environment_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("metadata", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environment.id"],
            name=op.f("fk_tenant_environment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("environment_id", "id", name=op.f("pk_tenant")),
    )
    op.create_index(
        op.f("ix_tenant_environment_id_created_at_id"),
        "tenant",
        ["environment_id", "created_at", "id"],
        unique=False,
    )


def _create_account() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("environment_id", sa.Text(), nullable=False),
        sa.Column("install_id", sa.Text(), nullable=False),
        sa.Column("integration", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("authentication_method", sa.Text(), nullable=False),
        sa.Column("context", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("sealed", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("credential_version", sa.Integer(), nullable=False),
        sa.Column("credentials_expire_at", sa.Double(), nullable=True),
        sa.Column("refresh_claim", sa.Text(), nullable=True),
        sa.Column("refresh_claim_until", sa.Double(), nullable=True),
        sa.Column("last_error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("needs_reauth_at", sa.Double(), nullable=True),
        sa.Column("last_forbidden_error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("last_action_run_result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("is_sandbox", sa.Boolean(), nullable=False),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("unified_model_override", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("integration_override", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environment.id"],
            name=op.f("fk_account_environment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["install_id"], ["install.id"], name=op.f("fk_account_install_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
    )
    op.create_index(
        op.f("ix_account_credentials_expire_at"), "account", ["credentials_expire_at"], unique=False
    )
    op.create_index(
        op.f("ix_account_environment_id_created_at_id"),
        "account",
        ["environment_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_account_environment_id_tenant_id"),
        "account",
        ["environment_id", "tenant_id"],
        unique=False,
    )
    op.create_index(op.f("ix_account_install_id"), "account", ["install_id"], unique=False)


def _create_link_sign_in() -> None:
    op.create_table(
        "link_sign_in",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("environment_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("link_token_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environment.id"],
            name=op.f("fk_link_sign_in_environment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["link_token_id"],
            ["link_token.id"],
            name=op.f("fk_link_sign_in_link_token_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_sign_in")),
        sa.UniqueConstraint("digest", name=op.f("uq_link_sign_in_digest")),
    )
    op.create_index(
        op.f("ix_link_sign_in_expires_at"), "link_sign_in", ["expires_at"], unique=False
    )


def _create_mapping_override() -> None:
    op.create_table(
        "mapping_override",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("environment_id", sa.Text(), nullable=False),
        sa.Column("model_install_id", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("integration", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("config", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment_id"],
            ["environment.id"],
            name=op.f("fk_mapping_override_environment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["model_install_id"],
            ["model_install.id"],
            name=op.f("fk_mapping_override_model_install_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mapping_override")),
        sa.UniqueConstraint(
            "model_install_id", "integration", "resource", "method", name="uq_mapping_override_cell"
        ),
    )
    op.create_index(
        op.f("ix_mapping_override_environment_id_created_at_id"),
        "mapping_override",
        ["environment_id", "created_at", "id"],
        unique=False,
    )
