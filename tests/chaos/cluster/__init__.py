"""A RabbitMQ of three nodes, what strikes it, and replicas that are replaced one by one."""
