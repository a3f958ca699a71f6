use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram,
    HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
};
use opentelemetry_proto::tonic::resource::v1::Resource as ProtoResource;
use prometheus::proto::{LabelPair, Metric as Counted, MetricFamily, MetricType};
use steadfast_core::histogram;
use steadfast_core::time::Instant;

use crate::fleet::Fleet;
use crate::metrics::MAX_ORGANIZATIONS;

/// Whose metrics they are, and since when they count.
#[derive(Debug)]
pub(super) struct Resource {
    attributes: Vec<KeyValue>,
    start: u64,
}

/// The family that is sent as it is kept instead.
const LATENCY: &str = "steadfast_heartbeat_latency_seconds";

/// The core's buckets begin at 1 ms, OTLP's are over seconds: 80 eighths of a doubling below 1 s lies
/// 0.977 ms. So every bound is said 2.3 % too low.
const FIRST_BUCKET: i32 = -80;

const CUMULATIVE: i32 = AggregationTemporality::Cumulative as i32;

impl Resource {
    /// Metrics of the process of that name, which count from now on.
    pub(super) fn new(instance: String, now: Instant) -> Self {
        let attributes = vec![
            attribute("service.name", "steadfast-collector".to_owned()),
            attribute("service.version", env!("CARGO_PKG_VERSION").to_owned()),
            attribute("service.instance.id", instance),
        ];
        Self { attributes, start: nanos(now) }
    }

    /// All that was counted, as OTLP says it.
    pub(super) fn metrics(
        &self,
        now: Instant,
        families: &[MetricFamily],
        fleet: &Fleet,
    ) -> ResourceMetrics {
        let families = families.iter().filter(|family| family.name() != LATENCY);
        let metrics = families.map(|family| self.metric(now, family));
        let metrics = metrics.chain(self.latency(now, fleet)).collect();
        let scope = InstrumentationScope { name: "steadfast".to_owned(), ..<_>::default() };
        ResourceMetrics {
            resource: Some(ProtoResource {
                attributes: self.attributes.clone(),
                ..ProtoResource::default()
            }),
            scope_metrics: vec![ScopeMetrics {
                scope: Some(scope),
                metrics,
                ..ScopeMetrics::default()
            }],
            ..ResourceMetrics::default()
        }
    }

    fn metric(&self, now: Instant, family: &MetricFamily) -> Metric {
        let (name, unit) = name_and_unit(family.name());
        let counted = family.get_metric().iter();
        let number = |value: fn(&Counted) -> f64| {
            counted
                .clone()
                .map(|one| self.number(now, one.get_label(), value(one)))
                .collect::<Vec<_>>()
        };
        let data = match family.get_field_type() {
            MetricType::COUNTER => Data::Sum(Sum {
                data_points: number(|one| one.get_counter().get_value()),
                aggregation_temporality: CUMULATIVE,
                is_monotonic: true,
            }),
            MetricType::HISTOGRAM => Data::Histogram(Histogram {
                data_points: counted.map(|one| self.histogram(now, one)).collect(),
                aggregation_temporality: CUMULATIVE,
            }),
            _ => Data::Gauge(Gauge { data_points: number(|one| one.get_gauge().get_value()) }),
        };
        metric(name, unit, family.help(), data)
    }

    fn number(&self, now: Instant, labels: &[LabelPair], value: f64) -> NumberDataPoint {
        NumberDataPoint {
            attributes: attributes(labels),
            start_time_unix_nano: self.start,
            time_unix_nano: nanos(now),
            value: Some(Value::AsDouble(value)),
            ..NumberDataPoint::default()
        }
    }

    fn histogram(&self, now: Instant, counted: &Counted) -> HistogramDataPoint {
        let known = counted.get_histogram();
        let bounded = || known.get_bucket().iter().filter(|one| one.upper_bound().is_finite());
        let mut below = 0;
        let mut counts: Vec<u64> = bounded()
            .map(|bucket| {
                let count = bucket.cumulative_count().saturating_sub(below);
                below = bucket.cumulative_count();
                count
            })
            .collect();
        counts.push(known.get_sample_count().saturating_sub(below));
        HistogramDataPoint {
            attributes: attributes(counted.get_label()),
            start_time_unix_nano: self.start,
            time_unix_nano: nanos(now),
            count: known.get_sample_count(),
            sum: Some(known.get_sample_sum()),
            bucket_counts: counts,
            explicit_bounds: bounded().map(prometheus::proto::Bucket::upper_bound).collect(),
            ..HistogramDataPoint::default()
        }
    }

    /// Nothing if there are no organisations.
    fn latency(&self, now: Instant, fleet: &Fleet) -> Option<Metric> {
        let data_points: Vec<_> = fleet
            .organizations()
            .into_iter()
            .take(MAX_ORGANIZATIONS)
            .map(|(id, organization)| {
                let (_, activity) = organization.totals();
                let attributes = vec![attribute("organization", id.as_str().to_owned())];
                self.exponential(now, attributes, &activity.latency)
            })
            .collect();
        let (name, unit) = name_and_unit(LATENCY);
        let data = ExponentialHistogram { data_points, aggregation_temporality: CUMULATIVE };
        let metric = |data| metric(name, unit, "Round-trip times of heartbeats.", data);
        (!data.data_points.is_empty()).then(|| metric(Data::ExponentialHistogram(data)))
    }

    fn exponential(
        &self,
        now: Instant,
        attributes: Vec<KeyValue>,
        known: &histogram::Histogram,
    ) -> ExponentialHistogramDataPoint {
        let bucket_counts = known.buckets().iter().map(|&count| u64::from(count)).collect();
        ExponentialHistogramDataPoint {
            attributes,
            start_time_unix_nano: self.start,
            time_unix_nano: nanos(now),
            count: known.count(),
            sum: Some(known.sum_millis() / 1000.0),
            scale: histogram::SCALE.into(),
            positive: Some(Buckets { offset: FIRST_BUCKET, bucket_counts }),
            ..ExponentialHistogramDataPoint::default()
        }
    }
}

/// A name without its endings, and the unit that they said.
fn name_and_unit(name: &str) -> (&str, &'static str) {
    let name = name.strip_suffix("_total").unwrap_or(name);
    let units = [("_seconds", "s"), ("_bytes", "By")];
    let said = units.into_iter().find_map(|(end, unit)| Some((name.strip_suffix(end)?, unit)));
    said.unwrap_or((name, ""))
}

fn metric(name: &str, unit: &str, description: &str, data: Data) -> Metric {
    Metric {
        name: name.to_owned(),
        unit: unit.to_owned(),
        description: description.to_owned(),
        data: Some(data),
        ..Metric::default()
    }
}

fn attributes(labels: &[LabelPair]) -> Vec<KeyValue> {
    labels.iter().map(|label| attribute(label.name(), label.value().to_owned())).collect()
}

fn attribute(key: &str, value: String) -> KeyValue {
    let value = Some(AnyValue { value: Some(any_value::Value::StringValue(value)) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

fn nanos(at: Instant) -> u64 {
    at.as_millis().saturating_mul(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_of_a_name_become_its_unit() {
        assert_eq!(name_and_unit("steadfast_reports_total"), ("steadfast_reports", ""));
        assert_eq!(name_and_unit("process_cpu_seconds_total"), ("process_cpu", "s"));
        assert_eq!(
            name_and_unit("process_resident_memory_bytes"),
            ("process_resident_memory", "By")
        );
    }
}
