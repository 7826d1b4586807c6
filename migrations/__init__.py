"""The schema's revisions, in plain SQL. They import no room, so that no change of code alters one."""
