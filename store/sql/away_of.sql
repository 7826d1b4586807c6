-- What some occurrences stand for in one cell, those of them that are merged away there.
SELECT occurrence_id, into_id
FROM away
WHERE chronicle_id = $1 AND occurrence_id = ANY ($2::uuid[])
  AND known_from <= $3 AND known_to > $3
  AND position_from <= $4 AND position_to > $4
