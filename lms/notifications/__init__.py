"""Notifications: in-app notices and e-mail, one message per event and person."""
