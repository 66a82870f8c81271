"""The Grafana dashboards of a service, as tables of panels."""
