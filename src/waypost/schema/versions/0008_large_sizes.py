"""Call records of bodies of two gigabytes and more: PostgreSQL's INTEGER ends there."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen what counts bytes; SQLite's integers have eight bytes already."""
    if op.get_bind().dialect.name == "sqlite":
        return
    for name in ("bytes_in", "bytes_out"):
        op.alter_column("call_record", name, type_=sa.BigInteger(), existing_nullable=False)
