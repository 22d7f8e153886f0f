//! Simulators of the services, for the project's own tests, for the demo, and for a game's tests without a server.
