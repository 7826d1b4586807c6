"""The schema's revisions, in plain SQL. They import no room: no change of code alters one."""
