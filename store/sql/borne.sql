-- A part of statements: whether the name `n.key` is looked for ($19, an object: by folded key null,
-- or stretches of calendar seconds in which it was borne), from `n.since` to `n.until`. What is not
-- certainly outside counts, so what is undated (`n.since` is null) does. It is
-- `domain.registries.bears`, in SQL.
CASE jsonb_typeof($19::jsonb -> n.key)
    WHEN 'null' THEN true
    WHEN 'array' THEN n.since IS NULL OR EXISTS (
        SELECT FROM jsonb_array_elements($19::jsonb -> n.key) AS w (stretch)
        WHERE n.since < (w.stretch ->> 1)::bigint AND n.until > (w.stretch ->> 0)::bigint
    )
    ELSE false
END
