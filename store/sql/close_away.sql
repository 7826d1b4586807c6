UPDATE away
SET position_to = closed.position
FROM unnest($2::uuid[], $3::bigint[], $4::bigint[]) AS closed (occurrence_id, known_from, position)
WHERE away.chronicle_id = $1
  AND away.occurrence_id = closed.occurrence_id
  AND away.known_from = closed.known_from
  AND away.position_to = 9223372036854775807
  AND away.position_from < closed.position
