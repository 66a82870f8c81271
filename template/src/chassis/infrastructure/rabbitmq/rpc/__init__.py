"""Remote jobs over RabbitMQ: requests in a queue for each job, and direct replies."""
