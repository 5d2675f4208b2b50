"""Flask-only helpers: guard, forms, headers, error pages, menus, translation."""
