SELECT b.occurrence_id, b.known_from, b.position_from, b.value, s.name, v.version
FROM belief b
JOIN stream s ON s.chronicle_id = b.chronicle_id AND s.stream_id = b.occurrence_id
CROSS JOIN LATERAL (
    SELECT version FROM stream_version
    WHERE chronicle_id = $1 AND stream_id = b.occurrence_id AND position <= $4
    ORDER BY version DESC LIMIT 1
) AS v
WHERE b.chronicle_id = $1 AND b.occurrence_id = $2
  AND b.known_from <= $3 AND b.known_to > $3
  AND b.position_from <= $4 AND b.position_to > $4
