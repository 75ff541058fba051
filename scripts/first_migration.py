"""Write migration 0001 anew from the models (only before the first release; afterwards every change is a new one)."""

import re
import subprocess
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine

from minyi.db import WRITES, prepare_engine
from minyi.schema import MIGRATIONS, alembic_config

for old in (MIGRATIONS / "versions").glob("0001_*.py"):
    old.unlink()
engine = create_engine(f"sqlite:///{tempfile.mkdtemp()}/x.db")
prepare_engine(engine)
config = alembic_config()
with engine.connect().execution_options(**{WRITES: True}) as connection:
    config.attributes["connection"] = connection
    with connection.begin():
        command.revision(config, message="ground", autogenerate=True, rev_id="0001")
path = next((MIGRATIONS / "versions").glob("0001*.py"))
text = path.read_text("utf-8").replace("minyi.db.Instant", "Instant").replace("astext_type=Text()", "")
text = re.sub(r"\n{3,}def", "\n\n\ndef", text)
target = MIGRATIONS / "versions" / "0001_ground.py"
path.rename(target)
target.write_text(text, "utf-8")
subprocess.run([".venv/bin/ruff", "format", "-q", str(target)], check=True)
subprocess.run([".venv/bin/ruff", "check", "-q", "--fix", str(target)], check=False)
