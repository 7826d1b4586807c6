SELECT count(*)
FROM entry e
WHERE e.chronicle_id = $1 AND e.definition = $2 AND e.duration_class = 7
  AND e.known_from + 0 <= $10 AND e.known_to + 0 > $10
  AND e.position_from <= $11 AND e.position_to > $11
  AND CASE WHEN $14::int IS NULL THEN e.flags & 96 = 0 ELSE e.flags & $14 <> 0 END
  AND {selected}
  AND ($12::text[] IS NULL OR e.kind = ANY ($12))
  AND ($13::text[] IS NULL OR e.tags && $13)
