SELECT count(*)
FROM entry e
WHERE e.chronicle_id = $1 AND e.definition = $2 AND e.duration_class = 7
  AND e.known_from + 0 <= $3 AND e.known_to + 0 > $3
  AND e.position_from <= $4 AND e.position_to > $4
  AND CASE WHEN $7::int IS NULL THEN e.flags & 96 = 0 ELSE e.flags & $7 <> 0 END
  AND ($5::text[] IS NULL OR e.kind = ANY ($5))
  AND ($6::text[] IS NULL OR e.tags && $6)
