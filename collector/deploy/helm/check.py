"""Lints the chart with Helm's own code, renders it with several values, and checks each manifest against Kubernetes' schema."""

import sys
from pathlib import Path

import kubernetes_validate
import yaml
from helm_python.chart import Chart, lint

CHART = Path(__file__).parent / "steadfast-collector"
KUBERNETES = "1.31"
# Values to render with, and the kinds that come of them.
CASES = [
    ({}, {"ConfigMap", "Service", "StatefulSet"}),
    ({"postgres": True, "existingSecret": "steadfast", "replicas": 2}, {"ConfigMap", "Service", "StatefulSet"}),
    (
        {
            "settings": {"max-sessions": 200000, "public-url": "https://steadfast.example", "quality-raise": 0.75},
            "ingress": {"enabled": True, "className": "nginx", "host": "steadfast.example", "tlsSecretName": "tls"},
            "serviceMonitor": {"enabled": True, "scrapeKeySecret": "scrape"},
        },
        {"ConfigMap", "Ingress", "Service", "ServiceMonitor", "StatefulSet"},
    ),
]
# Values that the chart refuses, and what it says.
REFUSED = [
    ({"replicas": 2}, "an SQLite file has one collector"),
    ({"postgres": True}, "existingSecret is empty"),
    ({"ingress": {"enabled": True}}, "ingress.host is empty"),
    ({"replicas": 0}, "replicas"),
]


def main() -> None:
    for values, kinds in CASES:
        report = lint(CHART, values, strict=True)
        worst = [message for message in report["messages"] if message["severity"] > 1]
        if worst or report["errors"]:
            sys.exit(f"helm lint of {values}: {worst} {report['errors']}")
        chart = Chart.load(CHART)
        rendered = chart.render(values, name="release", namespace="monitoring")
        found = set()
        for path, text in rendered.items():
            for manifest in yaml.safe_load_all(text) if path.endswith(".yaml") else []:
                if manifest is None:
                    continue
                found.add(manifest["kind"])
                # What belongs to an operator is not in Kubernetes' own schema.
                if manifest["kind"] != "ServiceMonitor":
                    kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
        if found != kinds:
            sys.exit(f"{values} render to {sorted(found)}; expected {sorted(kinds)}")
    for values, expected in REFUSED:
        try:
            chart = Chart.load(CHART)
            chart.validate_schema(values)
            chart.render(values, name="release", namespace="monitoring")
        except Exception as error:
            if expected not in str(error):
                sys.exit(f"{values} are refused, but not with {expected!r}: {error}")
        else:
            sys.exit(f"{values} are taken; expected a refusal with {expected!r}")
    print(f"{len(CASES)} values render to valid manifests, {len(REFUSED)} are refused")


main()
