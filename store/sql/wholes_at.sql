-- The part-of links of a chronicle in one cell, whole by part, each end standing for what it is
-- merged into there. All of them: what is selected may be a part through what is not.
SELECT DISTINCT coalesce(part.into_id, l.occurrence_id) AS part_id,
       coalesce(whole.into_id, l.to_id) AS whole_id
FROM link l
LEFT JOIN away part ON part.chronicle_id = $1 AND part.occurrence_id = l.occurrence_id
    AND part.known_from <= $2 AND part.known_to > $2
    AND part.position_from <= $3 AND part.position_to > $3
LEFT JOIN away whole ON whole.chronicle_id = $1 AND whole.occurrence_id = l.to_id
    AND whole.known_from <= $2 AND whole.known_to > $2
    AND whole.position_from <= $3 AND whole.position_to > $3
WHERE l.chronicle_id = $1 AND l.relation = 'part-of'
  AND l.known_from <= $2 AND l.known_to > $2
  AND l.position_from <= $3 AND l.position_to > $3
  AND coalesce(part.into_id, l.occurrence_id) <> coalesce(whole.into_id, l.to_id)
