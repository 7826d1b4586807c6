INSERT INTO filling (chronicle_id, definition) VALUES ($1, $2)
