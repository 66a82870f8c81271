"""`poe update`: brings this project up to its template, around `copier update`.

Copier merges what both sides have changed. It also deletes a file that the template no longer has,
because an answer was taken back or a major release has dropped it, and says nothing where that file
had been edited. Here it is brought back, with a note.
"""
