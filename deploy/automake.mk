# What helps to run it: alert rules and a dashboard for Prometheus and Grafana.

EXTRA_DIST += \
	deploy/prometheus/alerts-test.yml \
	deploy/prometheus/alerts.yml \
	deploy/prometheus/dashboard.json
