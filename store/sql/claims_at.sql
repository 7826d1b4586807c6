-- The reports that are live in one cell of known x recorded, with what they claim there.
SELECT occurrence_id, event_id, known_from, position_from, report, value, corrected, said
FROM claim
WHERE chronicle_id = $1 AND occurrence_id = ANY ($2::uuid[])
  AND known_from <= $3 AND known_to > $3
  AND position_from <= $4 AND position_to > $4
ORDER BY occurrence_id, known_from, position_from, event_id
