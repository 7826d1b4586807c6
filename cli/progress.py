"""How far a rebuild has come, on standard error, where that is a terminal."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn


class Rebuilding:
    """A bar for each chronicle whose log is replayed. It is called as `store.rebuild.Progress`."""

    def __init__(self, doing: str = "Rebuilding") -> None:
        self._tasks: dict[str, TaskID] = {}
        self._progress = Progress(
            TextColumn(doing + " {task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.completed:,} of {task.total:,} events"),
            console=Console(stderr=True),
            transient=True,
        )

    def __enter__(self) -> Rebuilding:
        return self

    def __call__(self, chronicle: str, done: int, total: int) -> None:
        """So many events of a chronicle are replayed."""
        if not self._progress.console.is_terminal:
            return
        self._progress.start()
        if chronicle not in self._tasks:
            self._tasks[chronicle] = self._progress.add_task(chronicle)
        self._progress.update(self._tasks[chronicle], completed=done, total=total)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._tasks:
            self._progress.stop()
