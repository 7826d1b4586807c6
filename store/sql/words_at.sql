-- What stands for the words of a chronicle: the first occurrences by id, which are those that were
-- recorded first, as they stand in one cell.
SELECT b.value
FROM (
    SELECT e.occurrence_id, e.known_from, e.known_to, e.position_from, e.flags
    FROM entry e
    WHERE e.chronicle_id = $1 AND e.definition = 0
      AND e.position_from <= $3 AND e.position_to > $3
    ORDER BY e.occurrence_id, e.position_from, e.known_from
    LIMIT $4
) AS first
JOIN belief b ON b.chronicle_id = $1 AND b.occurrence_id = first.occurrence_id
    AND b.position_from = first.position_from AND b.known_from = first.known_from
WHERE first.known_from <= $2 AND first.known_to > $2 AND first.flags & 96 = 0
