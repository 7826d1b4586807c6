UPDATE link
SET position_to = closed.position
FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::bigint[], $6::bigint[])
    AS closed (occurrence_id, relation, to_id, known_from, position)
WHERE link.chronicle_id = $1
  AND link.occurrence_id = closed.occurrence_id
  AND link.relation = closed.relation
  AND link.to_id = closed.to_id
  AND link.known_from = closed.known_from
  AND link.position_to = 9223372036854775807
  AND link.position_from < closed.position
