-- A part of statements: whether the area of the entry `e` meets a box ($22: west, south, east and
-- north), once around the Earth either way. Without a box all is taken. It is `Box.meets`, in SQL.
($22::float8[] IS NULL OR (
    e.south <= ($22::float8[])[4] AND e.north >= ($22::float8[])[2] AND (
        (e.west <= ($22::float8[])[3] AND e.east >= ($22::float8[])[1])
        OR (e.west <= ($22::float8[])[3] + 360 AND e.east >= ($22::float8[])[1] + 360)
        OR (e.west <= ($22::float8[])[3] - 360 AND e.east >= ($22::float8[])[1] - 360)
    )
))
