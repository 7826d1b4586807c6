-- The rows that the log gives and that are not there.
INSERT INTO public.{table}
SELECT made.*
FROM pg_temp.{table} AS made
WHERE made.chronicle_id = $1
  AND NOT EXISTS (SELECT FROM public.{table} AS live WHERE ({live}) = ({made}))
