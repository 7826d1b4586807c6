-- The links that some occurrences ($2) show, each at a point of knowledge of its own ($3), on one
-- basis ($4). `place` is where it stands in both, from 1.
SELECT at.place, shown.relation, shown.to_id, shown.name
FROM unnest($2::uuid[], $3::bigint[]) WITH ORDINALITY AS at (occurrence_id, known, place)
CROSS JOIN LATERAL (
    {linked $2=array[at.occurrence_id] $3=at.known}
) AS shown
ORDER BY at.place, shown.relation, shown.name, shown.to_id
