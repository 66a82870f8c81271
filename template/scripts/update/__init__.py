"""`poe update`: brings this project up to its template.

Copier renders the template twice: as this project was made, and as it would be made now. Git merges
the difference with what is committed here, and refuses before it would overwrite a file that it
does not know. Edits to files that the template no longer has are kept in `dropped/`.
"""
