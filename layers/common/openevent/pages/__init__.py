"""Pages for people: templates, one design, and the policy that each page is shown under.

No AWS, no database, no HTTP. `page` renders; the templates are in `openevent/templates/`.
"""
