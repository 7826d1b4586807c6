-- What is merged away in a chronicle, as it stands at the head.
SELECT occurrence_id, into_id, known_from, known_to
FROM away
WHERE chronicle_id = $1 AND position_to = 9223372036854775807
