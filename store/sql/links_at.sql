SELECT DISTINCT l.occurrence_id, l.relation, l.to_id, s.name
FROM link l
JOIN stream s ON s.chronicle_id = l.chronicle_id AND s.stream_id = l.to_id
WHERE l.chronicle_id = $1 AND l.occurrence_id = ANY ($2::uuid[])
  AND l.known_from <= $3 AND l.position_from <= $4
ORDER BY l.occurrence_id, l.relation, s.name, l.to_id
