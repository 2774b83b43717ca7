"""What gunicorn serves: ``gunicorn wsgi:app``."""

from core import create_app
from core.app import refuse_powerful_role

app = create_app()
refuse_powerful_role(app)
