"""The clients of the services, each with the methods of its own."""
