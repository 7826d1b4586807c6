-- A part of statements: the last revision of a timeline ($2) up to `at.upto`: the last position that
-- changed it, or at which something was registered of the kinds ($3) that are asked by. It needs one
-- of the timeline's own before, since nothing is read of a timeline until it is defined.
greatest(
    (SELECT max(r.position) FROM revision r
     WHERE r.chronicle_id = $1 AND r.stream_id = $2 AND r.position <= at.upto),
    (SELECT max(n.last)
     FROM unnest($3::text[]) AS of (kind)
     CROSS JOIN LATERAL (
         SELECT max(position_from) AS last FROM naming
         WHERE chronicle_id = $1 AND kind = of.kind AND position_from <= at.upto
     ) AS n)
)
