-- What some names or ids ($4, folded $5) of one kind ($2) stand for at a position ($3). Rows of two
-- sorts: without `given` a folded key, and when it was borne; with it a name that means things which
-- are not said to be the same, and one of these. It is `domain.registries.expanded`,
-- by an index. The OFFSETs keep it to looking up one after another.
WITH RECURSIVE asked (given, key) AS (
    SELECT * FROM unnest($4::text[], $5::text[])
),
meant (given, id) AS (
    SELECT a.given, n.id
    FROM asked a
    CROSS JOIN LATERAL (
        SELECT id FROM naming
        WHERE chronicle_id = $1 AND kind = $2 AND left(word, 200) = left(a.key, 200)
          AND word = a.key AND says = 'name' AND position_from <= $3 AND position_to > $3
        UNION
        SELECT id FROM naming
        WHERE chronicle_id = $1 AND kind = $2 AND id = a.given
          AND position_from <= $3 AND position_to > $3
    ) AS n
),
found (id) AS (
    SELECT id FROM meant
    UNION
    SELECT beside.id
    FROM found
    CROSS JOIN LATERAL (
        SELECT word AS id FROM naming
        WHERE chronicle_id = $1 AND kind = $2 AND id = found.id
          AND says = 'same-as' AND position_from <= $3 AND position_to > $3
        UNION ALL
        SELECT id FROM naming
        WHERE chronicle_id = $1 AND kind = $2 AND left(word, 200) = found.id
          AND says IN ('same-as', 'within') AND position_from <= $3 AND position_to > $3
        OFFSET 0
    ) AS beside
),
risen (given, id, above) AS (
    SELECT given, id, NULL::text FROM meant
    UNION
    SELECT risen.given, n.word, risen.id
    FROM risen
    CROSS JOIN LATERAL (
        SELECT word FROM naming
        WHERE chronicle_id = $1 AND kind = $2 AND id = risen.id
          AND says = 'same-as' AND position_from <= $3 AND position_to > $3
        OFFSET 0
    ) AS n
),
top (given, id) AS (
    SELECT DISTINCT r.given, r.id FROM risen r
    WHERE NOT EXISTS (SELECT FROM risen o WHERE o.given = r.given AND o.above = r.id)
)
SELECT NULL AS given, NULL AS id, n.word, n.valid_from, n.valid_to
FROM found
CROSS JOIN LATERAL (
    SELECT word, valid_from, valid_to FROM naming
    WHERE chronicle_id = $1 AND kind = $2 AND id = found.id
      AND says = 'name' AND position_from <= $3 AND position_to > $3
    OFFSET 0
) AS n
UNION ALL
SELECT NULL, NULL, a.key, -9223372036854775808, 9223372036854775807
FROM asked a
WHERE NOT EXISTS (SELECT FROM meant m WHERE m.given = a.given)
UNION ALL
SELECT t.given, t.id, NULL, NULL, NULL
FROM top t
WHERE (SELECT count(*) FROM top o WHERE o.given = t.given) > 1
