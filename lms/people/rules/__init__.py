"""Rules of personnel data: numbers, names, ranks, the SIASN layout, differences. Pure functions only."""
