"""The service's work, each use case in one file: no layers, no bus, no unit of work, no container.

What both use cases refuse is in `checks.py`. The web server and the AMQP client are those of the
service, and so are the libraries, the SQL and the ways of each file, which is as quick as we know
to make it. Left out is what no request and no event of the benchmark needs: idempotency keys,
arrays, the split of a batch that the database refuses, problem documents, retries and dead letters.
"""
