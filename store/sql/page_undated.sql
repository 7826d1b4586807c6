-- The entries without a date, which sort last whichever way the others run.
SELECT e.occurrence_id, e.earliest, e.known_from, e.position_from, b.value, s.name, v.version
FROM entry e
JOIN belief b ON b.chronicle_id = $1 AND b.occurrence_id = e.occurrence_id
    AND b.position_from = e.position_from AND b.known_from = e.known_from
JOIN stream s ON s.chronicle_id = $1 AND s.stream_id = e.occurrence_id
CROSS JOIN LATERAL (
    SELECT version FROM stream_version
    WHERE chronicle_id = $1 AND stream_id = e.occurrence_id AND position <= $11
    ORDER BY version DESC LIMIT 1
) AS v
WHERE e.chronicle_id = $1 AND e.definition = $2 AND e.duration_class = 7
  AND e.occurrence_id > $15
  AND e.known_from + 0 <= $10 AND e.known_to + 0 > $10
  AND e.position_from <= $11 AND e.position_to > $11
  AND CASE WHEN $14::int IS NULL THEN e.flags & 96 = 0 ELSE e.flags & $14 <> 0 END
  AND {selected}
  AND ($12::text[] IS NULL OR e.kind = ANY ($12))
  AND ($13::text[] IS NULL OR e.tags && $13)
ORDER BY e.occurrence_id
LIMIT $16
