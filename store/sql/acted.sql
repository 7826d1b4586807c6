-- A part of statements: whether one of the actors of the entry `e` is looked for ($20), under a name
-- that it had when this happened.
($20::jsonb IS NULL OR ($20::jsonb ?| e.actor_keys AND EXISTS (
    SELECT FROM (
        SELECT key, CASE WHEN e.duration_class < 7 THEN e.earliest END AS since, e.latest AS until
        FROM unnest(e.actor_keys) AS of_entry (key)
    ) AS n
    WHERE {borne $19=$20}
)))
