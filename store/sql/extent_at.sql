-- How many entries a listing has in all, and of which outcomes their tolls are: what whoever writes
-- all of it must know before the first. Read as in `totals_at`, but what was merged away counts
-- where it is asked for. Without $28 all are looked at, else so many at most.
WITH listed AS (
    SELECT page.occurrence_id, page.known_from, page.position_from
    FROM (
    {whole}
    ) AS page
    LIMIT $28
)
SELECT (SELECT count(*) FROM listed) AS entries,
    ARRAY(
        SELECT DISTINCT toll ->> 'outcome'
        FROM listed
        JOIN belief b ON b.chronicle_id = $1 AND b.occurrence_id = listed.occurrence_id
            AND b.position_from = listed.position_from AND b.known_from = listed.known_from
        CROSS JOIN LATERAL jsonb_array_elements(
            convert_from(b.value, 'UTF8')::jsonb -> 'toll'
        ) AS toll
        WHERE toll ->> 'scope' IS NULL OR toll ->> 'scope' = 'incident'
    ) AS outcomes
