"""Runs the migrations on the database that `-x url=…` names."""

from alembic import context
from sqlalchemy import create_engine

engine = create_engine(context.get_x_argument(as_dictionary=True)["url"])
with engine.begin() as connection:
    context.configure(connection=connection)
    context.run_migrations()
