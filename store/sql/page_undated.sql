-- The entries without a date, which sort last whichever way the others run.
SELECT e.occurrence_id, e.earliest, e.known_from, e.position_from, b.value, s.name, v.version
FROM entry e
JOIN belief b ON b.chronicle_id = $1 AND b.occurrence_id = e.occurrence_id
    AND b.position_from = e.position_from AND b.known_from = e.known_from
JOIN stream s ON s.chronicle_id = $1 AND s.stream_id = e.occurrence_id
CROSS JOIN LATERAL (
    SELECT version FROM stream_version
    WHERE chronicle_id = $1 AND stream_id = e.occurrence_id AND position <= $15
    ORDER BY version DESC LIMIT 1
) AS v
WHERE e.chronicle_id = $1 AND e.definition = $2 AND e.duration_class = 7
  AND e.occurrence_id > $23
  AND {matched}
  AND {located}
ORDER BY e.occurrence_id
LIMIT $24
