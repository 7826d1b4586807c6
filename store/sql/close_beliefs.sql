-- What was believed until now, and from a position on no longer is.
UPDATE belief
SET position_to = closed.position
FROM unnest($2::uuid[], $3::bigint[], $4::bigint[]) AS closed (occurrence_id, known_from, position)
WHERE belief.chronicle_id = $1
  AND belief.occurrence_id = closed.occurrence_id
  AND belief.known_from = closed.known_from
  AND belief.position_to = 9223372036854775807
  AND belief.position_from < closed.position
