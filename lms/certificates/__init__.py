"""Certificates: numbered records with snapshots, their prints, and public verification."""
