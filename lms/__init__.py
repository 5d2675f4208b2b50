"""Bina: a learning-management system for the staff of Indonesia's kecamatan and kelurahan."""
