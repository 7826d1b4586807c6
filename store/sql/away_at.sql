-- What an occurrence stands for in a cell, where it is merged away there.
SELECT away.into_id, s.name
FROM away
JOIN stream s ON s.chronicle_id = away.chronicle_id AND s.stream_id = away.into_id
WHERE away.chronicle_id = $1 AND away.occurrence_id = $2
  AND away.known_from <= $3 AND away.known_to > $3
  AND away.position_from <= $4 AND away.position_to > $4
