UPDATE entry
SET position_to = closed.position
FROM unnest($2::uuid[], $3::bigint[], $4::bigint[]) AS closed (occurrence_id, known_from, position)
WHERE entry.chronicle_id = $1
  AND entry.occurrence_id = closed.occurrence_id
  AND entry.known_from = closed.known_from
  AND entry.position_to = 9223372036854775807
  AND entry.position_from < closed.position
