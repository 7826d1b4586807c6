"""The log and all that is derived from it, in PostgreSQL. The only room that knows asyncpg."""
