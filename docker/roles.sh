#!/bin/sh
# Run once by the database's image, when its volume is new: the application's own role, which can
# add to history and not change it. The password comes from the environment, and so is in no file
# and on no command line.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\getenv password DATELINE_APP_PASSWORD
CREATE ROLE dateline_app LOGIN PASSWORD :'password';
SQL
