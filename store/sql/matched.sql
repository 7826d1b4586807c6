-- A part of statements: whether the entry `e` holds in the cell of $14 and $15 and is asked for, but
-- for where ($22, see `located.sql`) and when. The `+ 0` keep the planner from the indexes on
-- knowledge, which `diff` needs and which would read every entry.
e.known_from + 0 <= $14 AND e.known_to + 0 > $14
AND e.position_from <= $15 AND e.position_to > $15
AND CASE WHEN $18::int IS NULL THEN e.flags & 96 = 0 ELSE e.flags & $18 <> 0 END
AND {selected}
AND {sourced}
AND ($16::text[] IS NULL OR e.kind = ANY ($16))
AND ($17::text[] IS NULL OR e.tags && $17)
AND {placed}
AND {acted}
AND {from_sources}
