"""Reporting: reads features; heat map, JP attainment, exports."""
