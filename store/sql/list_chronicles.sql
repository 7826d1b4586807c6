SELECT c.name, h.position FROM chronicle c JOIN head h USING (chronicle_id) ORDER BY c.name
