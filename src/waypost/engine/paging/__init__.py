"""Where the next page is: one pure file per style, cursors as small plain objects."""

from waypost.engine.paging.page import PageRequest, PageResult
from waypost.engine.paging.styles import finish, plan

__all__ = ["PageRequest", "PageResult", "finish", "plan"]
