"""add user name"""

import sqlalchemy as sa
from alembic import op

revision = "9f1d6b5e8a42"
down_revision = "3cb3e1f2a9d0"


def upgrade() -> None:
    op.add_column("users", sa.Column("name", sa.String(80), nullable=True))
    op.create_index("users_name_idx", "users", ["name"])


def downgrade() -> None:
    op.drop_index("users_name_idx", table_name="users")
    op.drop_column("users", "name")
