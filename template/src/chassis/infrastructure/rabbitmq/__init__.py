"""RabbitMQ 4, through aio-pika and the protocol layer under it, aiormq."""
