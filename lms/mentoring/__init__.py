"""Mentoring: mentors, mentees, pairings and session logs."""
