-- The rows that are not, byte for byte, what the log gives.
DELETE FROM public.{table} AS live
WHERE live.chronicle_id = $1
  AND NOT EXISTS (
    SELECT FROM pg_temp.{table} AS made
    WHERE ({made}) = ({live}) AND record_image_eq(made, live)
  )
