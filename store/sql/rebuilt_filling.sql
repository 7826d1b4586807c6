-- What was rebuilt holds the entries of every definition.
DELETE FROM public.filling WHERE chronicle_id = $1
