-- Tables are compared as wholes. Where one is empty, or was thought to be, row by row would read it
-- again for each row of the other, while it grows.
SET LOCAL enable_nestloop = off
