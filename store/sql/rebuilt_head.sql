UPDATE public.head AS live
SET changed = made.changed, defined = made.defined
FROM pg_temp.head AS made
WHERE live.chronicle_id = $1 AND made.chronicle_id = live.chronicle_id
