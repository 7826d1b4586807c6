-- The position of the last registration of some kinds up to a position ($3); null where there is
-- none.
SELECT max(n.last)
FROM unnest($2::text[]) AS of (kind)
CROSS JOIN LATERAL (
    SELECT max(position_from) AS last FROM naming
    WHERE chronicle_id = $1 AND kind = of.kind AND position_from <= $3
) AS n
