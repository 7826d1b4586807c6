-- The revision of a timeline ($2) that a position ($4) shows, the ones beside it, the first and the
-- last, as far as there are such. Each is the end of an index range.
WITH first AS MATERIALIZED (
    SELECT min(position) AS position FROM revision WHERE chronicle_id = $1 AND stream_id = $2
),
here AS MATERIALIZED (
    SELECT CASE WHEN first.position <= at.upto THEN {last_revision} END AS position
    FROM first, (SELECT $4::bigint AS upto) AS at
),
prev AS MATERIALIZED (
    SELECT CASE WHEN first.position <= at.upto THEN {last_revision} END AS position
    FROM first, (SELECT position - 1 AS upto FROM here) AS at
),
last AS MATERIALIZED (
    SELECT {last_revision} AS position
    FROM (SELECT 9223372036854775807 AS upto) AS at
),
next AS MATERIALIZED (
    SELECT least(
        (SELECT min(r.position) FROM revision r
         WHERE r.chronicle_id = $1 AND r.stream_id = $2 AND r.position > here.position),
        (SELECT min(n.next)
         FROM unnest($3::text[]) AS of (kind)
         CROSS JOIN LATERAL (
             SELECT min(position_from) AS next FROM naming
             WHERE chronicle_id = $1 AND kind = of.kind AND position_from > here.position
         ) AS n)
    ) AS position
    FROM here
)
SELECT found.which, found.position, e.recorded_at
FROM first, here, prev, next, last
CROSS JOIN LATERAL (
    VALUES ('first', first.position), ('prev', prev.position), ('here', here.position),
           ('next', next.position), ('last', last.position)
) AS found (which, position)
JOIN event e ON e.chronicle_id = $1 AND e.position = found.position
