-- A part of statements: the links that some occurrences ($2) show in the cell of $3 and $4. Each end
-- stands for what it is merged into there; what is merged away shows none, and a link whose two ends
-- have become one is not shown.
WITH standing AS (
    SELECT occurrence_id, into_id
    FROM away
    WHERE chronicle_id = $1
      AND known_from <= $3 AND known_to > $3
      AND position_from <= $4 AND position_to > $4
      AND (occurrence_id = ANY ($2::uuid[]) OR into_id = ANY ($2::uuid[]))
),
part AS (
    SELECT id AS occurrence_id, id AS shown
    FROM unnest($2::uuid[]) AS id
    WHERE id NOT IN (SELECT occurrence_id FROM standing)
    UNION ALL
    SELECT occurrence_id, into_id FROM standing WHERE into_id = ANY ($2::uuid[])
)
SELECT DISTINCT shown.occurrence_id, shown.relation, shown.to_id, s.name
FROM (
    SELECT part.shown AS occurrence_id, l.relation, coalesce(a.into_id, l.to_id) AS to_id
    FROM part
    JOIN link l ON l.chronicle_id = $1 AND l.occurrence_id = part.occurrence_id
        AND l.known_from <= $3 AND l.known_to > $3
        AND l.position_from <= $4 AND l.position_to > $4
    LEFT JOIN away a ON a.chronicle_id = $1 AND a.occurrence_id = l.to_id
        AND a.known_from <= $3 AND a.known_to > $3
        AND a.position_from <= $4 AND a.position_to > $4
) AS shown
JOIN stream s ON s.chronicle_id = $1 AND s.stream_id = shown.to_id
WHERE shown.to_id <> shown.occurrence_id
ORDER BY shown.occurrence_id, shown.relation, s.name, shown.to_id
