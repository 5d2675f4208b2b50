"""Kernel: database, time, ids, actors, audit, jobs and files. Knows no feature and no page."""
