"""${message}

Both ways, on SQLite and PostgreSQL. A step that locks a large table says so here.
"""

${imports if imports else ""}
from alembic import op
import sqlalchemy as sa

from minyi.db import Instant

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
