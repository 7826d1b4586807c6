-- Where the rows that are stored are not, byte for byte, what the log gives: up to $2 of them, and
-- how many there are.
SELECT count(*) OVER () AS differing, to_jsonb(live) AS stored, to_jsonb(made) AS given
FROM (SELECT * FROM public.{table} WHERE chronicle_id = $1) AS live
FULL JOIN (SELECT * FROM pg_temp.{table} WHERE chronicle_id = $1) AS made ON ({live}) = ({made})
WHERE live.chronicle_id IS NULL OR made.chronicle_id IS NULL OR NOT record_image_eq(live, made)
ORDER BY {order}
LIMIT $2
