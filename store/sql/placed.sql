-- A part of statements: whether the place of the entry `e` is looked for ($19), under the name that
-- it had when this happened.
($19::jsonb IS NULL OR ($19::jsonb ? e.place_key AND EXISTS (
    SELECT FROM (VALUES
        (e.place_key, CASE WHEN e.duration_class < 7 THEN e.earliest END, e.latest)
    ) AS n (key, since, until)
    WHERE {borne}
)))
