"""The service's work, each use case in one file: no layers, no bus, no unit of work, no container.

The rules that both use cases check are in `checks.py`. The web server and the AMQP client are those
of the service. So are the libraries, the SQL and the techniques of each file, which is as quick as
we can make it. The files leave out code that the benchmark does not need: idempotency keys,
arrays, the split of a refused batch, problem documents, retries, dead letters.
"""
