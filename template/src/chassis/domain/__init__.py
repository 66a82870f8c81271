"""What any domain needs, in pure Python: ids, texts, times and errors."""
