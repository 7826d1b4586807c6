"""Where Dateline keeps things: PostgreSQL, through asyncpg. No other room knows either."""
