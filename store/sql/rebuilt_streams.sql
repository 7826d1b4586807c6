UPDATE public.stream AS live
SET version = made.version, changed = made.changed
FROM pg_temp.stream AS made
WHERE live.chronicle_id = $1
  AND made.chronicle_id = live.chronicle_id AND made.stream_id = live.stream_id
  AND (made.version, made.changed) <> (live.version, live.changed)
