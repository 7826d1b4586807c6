-- Who the live reports of some occurrences ($2) come from, each at a point of knowledge of its own
-- ($3), on one basis ($4). `place` is where it stands in both, from 1.
SELECT at.place, c.report
FROM unnest($2::uuid[], $3::bigint[]) WITH ORDINALITY AS at (occurrence_id, known, place)
JOIN claim c ON c.chronicle_id = $1 AND c.occurrence_id = at.occurrence_id
    AND c.known_from <= at.known AND c.known_to > at.known
    AND c.position_from <= $4 AND c.position_to > $4
ORDER BY at.place, c.known_from, c.position_from, c.event_id
