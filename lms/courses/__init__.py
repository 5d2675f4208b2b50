"""Courses: catalogue, versions, lessons, offerings, enrolments, progress, credit hours."""
