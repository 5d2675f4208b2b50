"""Competencies: frameworks, levels, requirements of positions, evidence, gaps."""
