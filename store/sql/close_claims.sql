UPDATE claim
SET position_to = closed.position
FROM unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::bigint[])
    AS closed (occurrence_id, event_id, known_from, position)
WHERE claim.chronicle_id = $1
  AND claim.occurrence_id = closed.occurrence_id
  AND claim.event_id = closed.event_id
  AND claim.known_from = closed.known_from
  AND claim.position_to = 9223372036854775807
  AND claim.position_from < closed.position
