-- The lock that orders the appends, of the head that they hold and not of a shadow.
SELECT position FROM public.head WHERE chronicle_id = $1 FOR UPDATE
