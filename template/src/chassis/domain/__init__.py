"""Parts for any domain, in pure Python: ids, texts, times and errors."""
