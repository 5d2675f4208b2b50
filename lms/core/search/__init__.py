"""Full-text search in Indonesian: one interface over FTS5 and tsvector, ranking alike on both.

The database finds candidates by terms that we make (surface, stem, family); the score is worked
out here, from the same stored terms, so that a query gives the same order on both databases.
Typing errors are found by trigrams in a table of our own, which needs no extension.
"""

from lms.core.search.index import (
    clear,
    create_search_tables,
    drop_search_tables,
    index_document,
    remove_document,
)
from lms.core.search.query import highlight, search, search_and_suggest, suggest

__all__ = [
    "clear",
    "create_search_tables",
    "drop_search_tables",
    "highlight",
    "index_document",
    "remove_document",
    "search",
    "search_and_suggest",
    "suggest",
]
