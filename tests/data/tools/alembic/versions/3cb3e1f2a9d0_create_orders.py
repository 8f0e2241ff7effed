"""create orders"""

import sqlalchemy as sa
from alembic import op

revision = "3cb3e1f2a9d0"
down_revision = "27c6a30d7c24"


def upgrade() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.Numeric(12, 2), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name="orders_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="orders_user_id_fkey"),
    )
    op.create_index("orders_user_id_idx", "orders", ["user_id"])


def downgrade() -> None:
    op.drop_table("orders")
