"""Assessments: question banks, items, attempts, responses, results."""
