-- The links of a chronicle as they stand at the head.
SELECT occurrence_id, relation, to_id, known_from, known_to
FROM link
WHERE chronicle_id = $1 AND position_to = 9223372036854775807
