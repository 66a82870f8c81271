"""The service's work, each use case in one file: no layers, no bus, no unit of work, no container.

Each file uses the libraries, the SQL and the ways of the service, and is as quick as we know to
make it. What is left out is what no request and no event of the benchmark needs: idempotency keys,
arrays, the split of a batch that the database refuses, problem documents, retries and dead letters.
"""
