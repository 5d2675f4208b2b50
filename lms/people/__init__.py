"""People: organisational units, positions, employees, personnel imports, partner organisations."""
