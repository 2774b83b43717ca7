"""What gunicorn serves: ``gunicorn wsgi:app``."""

from core.app import create_app, refuse_powerful_role

app = create_app()
refuse_powerful_role(app)
