-- A table of this session's own, in front of the one of the same name that it is like.
CREATE TEMPORARY TABLE {table} (LIKE public.{table} INCLUDING ALL)
