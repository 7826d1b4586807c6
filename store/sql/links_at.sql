-- The links that some occurrences ($2) show in one cell of known ($3) x recorded ($4).
{linked}
