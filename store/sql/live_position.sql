SELECT position FROM public.head WHERE chronicle_id = $1
