"""The application, built from the environment, for any WSGI server."""

from lms.app import create_app

application = create_app()
