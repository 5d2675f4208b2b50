"""Commands of the program `lms`."""
