"""How fast Dateline is, measured by hand: `make bench`. No test depends on a time."""
