-- Who the live reports of some occurrences ($2) come from, each at a point of knowledge of its own
-- ($3), on one basis ($4). `place` is where it stands in both, from 1. The OFFSET makes the planner
-- take them occurrence by occurrence, also where it knows nothing of the rows yet.
SELECT at.place, claimed.report
FROM unnest($2::uuid[], $3::bigint[]) WITH ORDINALITY AS at (occurrence_id, known, place)
CROSS JOIN LATERAL (
    SELECT c.known_from, c.position_from, c.event_id, c.report
    FROM claim c
    WHERE c.chronicle_id = $1 AND c.occurrence_id = at.occurrence_id
      AND c.known_from <= at.known AND c.known_to > at.known
      AND c.position_from <= $4 AND c.position_to > $4
    OFFSET 0
) AS claimed
ORDER BY at.place, claimed.known_from, claimed.position_from, claimed.event_id
